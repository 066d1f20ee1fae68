#include "message_store/domain/search_query.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::message_store {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == text.npos; }

/// Takes the next term from the front of `text`, which begins with no blank.
void take_term(std::string_view& text, SearchTerms& terms) {
  if (text.front() == '"') {
    const auto end = text.find('"', 1);
    const auto phrase = text.substr(1, end == text.npos ? text.npos : end - 1);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!is_blank(phrase)) terms.phrases.emplace_back(phrase);
    return;
  }
  const auto end = std::min(text.find_first_of(" \t\r\n\""), text.size());
  auto word = text.substr(0, end);
  text.remove_prefix(end);
  const bool prefix = word.ends_with('*');
  while (word.ends_with('*')) word.remove_suffix(1);
  if (!word.empty()) (prefix ? terms.prefixes : terms.words).emplace_back(word);
}

}  // namespace

Result<SearchTerms> parse_search(std::string_view text) {
  if (text.size() > kMaxQueryBytes) {
    return bad("\"q\" may have " + std::to_string(kMaxQueryBytes) + " bytes");
  }
  if (!is_utf8(text) || text.find('\0') != text.npos) return bad("\"q\" is not valid text");
  SearchTerms terms;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) break;
    take_term(text, terms);
  }
  if (terms.size() == 0) return bad("\"q\" has no word to search for");
  if (terms.size() > kMaxQueryTerms) {
    return bad("\"q\" may have " + std::to_string(kMaxQueryTerms) + " words");
  }
  return terms;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

using Words = std::vector<std::string>;

TEST(SearchQuery, TellsWordsPrefixesAndPhrasesApart) {
  const auto terms = parse_search(" tea\tmil* \"two cups\"sugar ** \"\"  \"and so");
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->words, (Words{"tea", "sugar"}));
  EXPECT_EQ(terms->prefixes, Words{"mil"});
  EXPECT_EQ(terms->phrases, (Words{"two cups", "and so"}));
}

TEST(SearchQuery, RefusesNothingTooMuchAndNoText) {
  for (const auto& text :
       {std::string(), std::string(" \t"), std::string("*"), std::string("\" \""),
        std::string("\xff"), std::string("a\0b", 3), std::string(257, 'a'),
        std::string("a b c d e f g h i j k l m n o p q")}) {
    EXPECT_FALSE(parse_search(text)) << text;
  }
  EXPECT_TRUE(parse_search(std::string(256, 'a')));
  EXPECT_TRUE(parse_search("a b c d e f g h i j k l m n o p"));
}

}  // namespace
}  // namespace confab::message_store
#endif
