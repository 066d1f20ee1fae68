#include "ctl/domain/small_talk.hpp"

#include <cctype>
#include <span>
#include <unordered_map>

namespace confab::ctl {
namespace {

using Choices = std::span<const std::string_view>;

// {word} is a gap, filled by one of the choices of that name.
constexpr std::string_view kOpen[] = {
    "{hello} {question}",
    "{hello} {news}",
    "{question}",
    "{news}",
    "{news} {question}",
    "Has anybody seen the {thing}? {remark}",
    "Reminder: the {event} is {time}, {place}.",
    "I am {place} {time}, in case somebody wants to join.",
};
constexpr std::string_view kQuestion[] = {
    "Are we still on for the {event} {time}?",
    "Who brings the {thing} to the {event}?",
    "Does {time} work for the {event}?",
    "Can somebody lend me a {thing} {time}?",
    "Shall we meet {place} or {place}?",
    "Did anybody try the {dish} {place}?",
    "How did the {event} go?",
    "Which {thing} would you take, the {quality} one or the {quality} one?",
    "What do you think of a {quality} {event} {time}?",
    "Anyone up for {dish} {time}?",
    "How long does it take to {task}?",
    "Could you {task} before the {event}?",
};
constexpr std::string_view kNews[] = {
    "I finally managed to {task}.",
    "The {thing} is {quality}, as it turns out.",
    "The {event} moves to {time}.",
    "Just came back from the {event}, it was {quality}.",
    "They have {quality} {dish} {place} now.",
    "I left the {thing} {place}, please take care of it.",
    "It rained all day here, so I stayed in to {task}.",
    "My neighbour wants to {task}. {remark}",
    "We need a new {thing} before the {event}.",
    "The bus was late again, I missed half of the {event}.",
};
constexpr std::string_view kAnswer[] = {
    "{yes}, {time} is fine.",
    "{yes}. I can bring the {thing}.",
    "{yes}, I will {task} first.",
    "{no}, I have to {task} {time}.",
    "{no}, but {time} would work.",
    "Let me check and tell you {time}.",
    "Probably {place}, it is {quality} there.",
    "The {quality} one, without a doubt.",
    "I would ask {name}.",
    "About {number} minutes, if nothing goes wrong.",
    "It was {quality}. {remark}",
    "{number} of us so far.",
};
constexpr std::string_view kComment[] = {
    "{remark}",
    "{remark} {question}",
    "Good to know, thanks {name}!",
    "{name}, you are a hero.",
    "Same here, and the {thing} was {quality} too.",
    "Then I will {task} {time}.",
    "Wait, the {event} is {time}? I wrote down another day.",
    "I saw one {place}, for {number} euros.",
    "Count me in.",
    "Thanks!",
    "Haha, typical.",
    "See you {time}.",
    "{yes}.",
    "No hurry, {time} is early enough.",
    "\xF0\x9F\x91\x8D",
    "\xF0\x9F\x98\x84 {remark}",
};
constexpr std::string_view kNewSubject[] = {"{news}", "{question}", "By the way: {question}",
                                            "Before I forget: {news}"};
constexpr std::string_view kHello[] = {"Hi!",          "Hello everyone,", "Good morning.",   "Hey,",
                                       "Evening all.", "One thing:",      "Quick question.", "So,"};
constexpr std::string_view kYes[] = {"Yes",     "Sure",        "Of course",  "Gladly",
                                     "Why not", "Sounds good", "I think so", "Absolutely"};
constexpr std::string_view kNo[] = {"No, sorry", "Not really", "I am afraid not",
                                    "Hardly",    "Not me",     "Rather not"};
constexpr std::string_view kRemark[] = {"That went faster than expected.",
                                        "I did not see that coming.",
                                        "Better late than never.",
                                        "Let us keep it simple.",
                                        "Worth every minute.",
                                        "No idea why.",
                                        "Nobody was hurt.",
                                        "We should do that more often.",
                                        "I took pictures.",
                                        "Please do not tell {name}.",
                                        "The rest can wait.",
                                        "It could be worse.",
                                        "Somebody ought to write that down."};
constexpr std::string_view kEvent[] = {
    "picnic",     "review",     "rehearsal",      "hike",           "game night",
    "workshop",   "release",    "birthday party", "planning round", "concert",
    "garden day", "moving day", "training",       "reading circle", "flea market"};
constexpr std::string_view kTime[] = {"on Monday",        "on Tuesday",     "on Wednesday",
                                      "on Thursday",      "on Friday",      "tomorrow",
                                      "tonight",          "at the weekend", "next week",
                                      "at half past six", "after lunch",    "around nine"};
constexpr std::string_view kPlace[] = {
    "at the station",    "in the park",        "by the river",      "at the bakery",
    "in the office",     "at my place",        "in the library",    "at the old mill",
    "behind the school", "at the corner cafe", "on the third floor"};
constexpr std::string_view kThing[] = {"ladder",         "projector", "speaker",    "map",
                                       "tent",           "keyboard",  "whiteboard", "camera",
                                       "bicycle",        "drill",     "tea pot",    "spare key",
                                       "extension cord", "guitar",    "list"};
constexpr std::string_view kDish[] = {"dumplings",   "lentil soup", "pancakes", "flatbread",
                                      "apple cake",  "noodles",     "falafel",  "risotto",
                                      "iced coffee", "pickles"};
constexpr std::string_view kQuality[] = {
    "wonderful", "tiny", "surprisingly cheap", "brand new", "loud", "broken", "famous", "heavy",
    "quiet",     "cosy", "complicated",        "blue"};
constexpr std::string_view kTask[] = {"fix the roof",           "call the landlord",
                                      "water the plants",       "finish the report",
                                      "clean the kitchen",      "book the tickets",
                                      "update the spreadsheet", "paint the fence",
                                      "learn that song",        "find the missing invoice",
                                      "sort the photos",        "return the books",
                                      "charge the batteries"};
constexpr std::string_view kNumber[] = {"three", "five", "ten", "fifteen", "twenty", "forty"};
constexpr std::string_view kSubject[] = {"Garden", "Chess",  "Running", "Kitchen", "Design",
                                         "Travel", "Choir",  "Science", "Film",    "Coffee",
                                         "Bike",   "Budget", "Support", "Books",   "Photo"};
constexpr std::string_view kGroup[] = {"club",  "team", "friends", "circle",  "planning",
                                       "group", "room", "crew",    "meeting", "news"};
constexpr std::string_view kRoomName[] = {"{subject} {group}", "{subject} {group}",
                                          "{subject} and {subject}"};
constexpr std::string_view kRoomTopic[] = {
    "Everything about the next {event}", "We meet {time} {place}", "Who can {task}, and when",
    "Please leave the {thing} {place}", "{dish} {time}, {event} afterwards"};

const std::unordered_map<std::string_view, Choices>& gaps() {
  static const std::unordered_map<std::string_view, Choices> kGaps = {
      {"question", kQuestion}, {"news", kNews},     {"hello", kHello},
      {"yes", kYes},           {"no", kNo},         {"remark", kRemark},
      {"event", kEvent},       {"time", kTime},     {"place", kPlace},
      {"thing", kThing},       {"dish", kDish},     {"quality", kQuality},
      {"task", kTask},         {"number", kNumber}, {"group", kGroup},
      {"subject", kSubject},
  };
  return kGaps;
}

bool asks(std::string_view text) { return text.find('?') != text.npos; }

void put_name(std::string& text, std::string_view name) {
  constexpr std::string_view kName = "{name}";
  for (auto at = text.find(kName); at != text.npos; at = text.find(kName)) {
    text.replace(at, kName.size(), name);
  }
}

void capitalize(std::string& text) {
  if (!text.empty()) {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  }
}

}  // namespace

/// `depth` bounds sentences within sentences; {name} stays.
std::string SmallTalk::fill(std::string_view pattern, int depth) {
  std::string out;
  while (!pattern.empty()) {
    const auto begin = pattern.find('{');
    out += pattern.substr(0, begin);
    if (begin == pattern.npos) break;
    const auto end = pattern.find('}', begin);
    const auto gap = pattern.substr(begin + 1, end - begin - 1);
    const auto choices = gaps().find(gap);
    if (choices == gaps().end() || depth > 4) {
      out += pattern.substr(begin, end - begin + 1);
    } else {
      out += fill(numbers_.pick(choices->second), depth + 1);
    }
    pattern.remove_prefix(end + 1);
  }
  return out;
}

SmallTalk::Line SmallTalk::open() {
  auto text = fill(numbers_.pick(kOpen));
  put_name(text, "the others");
  capitalize(text);
  return {text, asks(text)};
}

SmallTalk::Line SmallTalk::reply(const Line& line, std::string_view name) {
  // Now and then somebody begins with something else.
  const auto pattern = line.asks            ? numbers_.pick(kAnswer)
                       : numbers_.one_in(3) ? numbers_.pick(kNewSubject)
                                            : numbers_.pick(kComment);
  auto text = fill(pattern);
  put_name(text, name);
  capitalize(text);
  return {text, asks(text)};
}

std::string SmallTalk::room_name() {
  auto name = fill(numbers_.pick(kRoomName));
  return name;
}

std::string SmallTalk::room_topic() {
  auto topic = fill(numbers_.pick(kRoomTopic));
  capitalize(topic);
  return topic;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <set>

namespace confab::ctl {
namespace {

TEST(SmallTalk, LeavesNoGapOpen) {
  Numbers numbers(3);
  SmallTalk talk(numbers);
  SmallTalk::Line line = talk.open();
  for (int i = 0; i < 5000; ++i) {
    line = numbers.one_in(5) ? talk.open() : talk.reply(line, "Ada");
    EXPECT_EQ(line.text.find_first_of("{}"), std::string::npos) << line.text;
    EXPECT_FALSE(line.text.empty());
    EXPECT_EQ(talk.room_name().find_first_of("{}"), std::string::npos);
    EXPECT_EQ(talk.room_topic().find_first_of("{}"), std::string::npos);
  }
}

TEST(SmallTalk, SeldomSaysTheSameTwice) {
  Numbers numbers(3);
  SmallTalk talk(numbers);
  std::set<std::string> openings;
  for (int i = 0; i < 1000; ++i) openings.insert(talk.open().text);
  EXPECT_GT(openings.size(), 850U);
}

TEST(SmallTalk, AnswersQuestionsAndNamesWhoAsked) {
  Numbers numbers(3);
  SmallTalk talk(numbers);
  bool named = false;
  for (int i = 0; i < 200; ++i) {
    named = named || talk.reply({"Who?", true}, "Ada").text.find("Ada") != std::string::npos;
  }
  EXPECT_TRUE(named);
}

}  // namespace
}  // namespace confab::ctl
#endif
