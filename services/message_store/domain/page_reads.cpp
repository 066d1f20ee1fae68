#include "message_store/domain/page_reads.hpp"

#include <algorithm>

namespace confab::message_store {
namespace {

Error overloaded() {
  return {ErrorCode::overloaded, "too many read at once", std::chrono::milliseconds(500)};
}

}  // namespace

bool PageReads::ask(const Page& page, std::int64_t reader_id, Done done) {
  {
    const std::lock_guard lock(flights_->mutex);
    if (flights_->waiting < max_waiting_) {
      ++flights_->waiting;
      const auto [flight, is_new] = flights_->by_page.try_emplace(page);
      flight->second.push_back({reader_id, std::move(done)});
      return is_new;
    }
  }
  done(overloaded());
  return false;
}

PageReads::Askers PageReads::Flights::take(const Page& page) {
  const std::lock_guard lock(mutex);
  const auto flight = by_page.find(page);
  Askers askers = std::exchange(flight->second, {});
  if (askers.empty()) by_page.erase(flight);
  waiting -= askers.size();
  return askers;
}

void PageReads::run(const Page& page) {
  // After the last answer nothing but the flights is there for sure: a server that ends waits for
  // the answers, and not for this.
  const auto flights = flights_;
  for (auto askers = flights->take(page); !askers.empty(); askers = flights->take(page)) {
    read_for(page, askers);
  }
}

void PageReads::refuse(const Page& page) {
  const auto flights = flights_;
  for (auto askers = flights->take(page); !askers.empty(); askers = flights->take(page)) {
    for (const auto& asker : askers) asker.done(overloaded());
  }
}

void PageReads::read_for(const Page& page, const Askers& askers) {
  std::vector<std::int64_t> readers;
  for (const auto& asker : askers) {
    if (asker.reader_id != 0) readers.push_back(asker.reader_id);
  }
  auto read = rooms_.read(page.room_id, 0, page.range);
  const auto answer =
      read ? Answer(std::make_shared<const RenderedPage>(std::move(*read))) : Answer(read.error());
  // After the page: who has left meanwhile sees nothing of it.
  Result<std::vector<std::int64_t>> members = std::vector<std::int64_t>();
  if (answer && !readers.empty()) members = rooms_.members_among(page.room_id, readers);
  for (const auto& [reader_id, done] : askers) {
    const bool must_be_member = answer && reader_id != 0;
    if (must_be_member && !members) {
      done(members.error());
    } else if (must_be_member &&
               std::find(members->begin(), members->end(), reader_id) == members->end()) {
      done(Error{ErrorCode::not_a_member, "you are not a member of the room"});
    } else {
      done(answer);
    }
  }
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

struct PageReadsTest : testing::Test {
  FakeStore store;
  RecordingEvents events;
  ScriptedRandom random;
  ManualClock clock;
  People people{store};
  Announcer announcer{people, events, [](std::size_t, const Error&) {}};
  RoomLanes lanes{store, random, {}, [](const auto&) {}, [](const auto&) {}};
  RoomService rooms{store, store, lanes, people, announcer, clock, random};
  PageReads reads{rooms, 4};
  const PageReads::Page page{1, {.limit = 50}};
  std::vector<std::string> answers;

  PageReadsTest() {
    EXPECT_TRUE(store.create({1, "gid", "room", RoomKind::private_room, {1, "", "ada", ""}, {}}));
    append("a");
  }
  void append(const std::string& id) {
    const Draft one{1, id, Uuid::make(random), "{}"};
    EXPECT_TRUE(store.append(1, {&one, 1}));
  }
  bool ask(std::int64_t reader_id) {
    return reads.ask(page, reader_id, [this](const PageReads::Answer& answer) {
      answers.push_back(answer ? std::to_string((*answer)->page.entries.size())
                               : std::string(error_traits(answer.error().code).name));
    });
  }
};

TEST_F(PageReadsTest, ReadsOnceForAllWhoAskBeforeItBegins) {
  EXPECT_TRUE(ask(0));
  EXPECT_FALSE(ask(1));
  EXPECT_FALSE(ask(99));
  reads.run(page);
  EXPECT_EQ(answers, (std::vector<std::string>{"1", "1", "not_a_member"}));
  EXPECT_EQ(store.reads(), 1U);
  EXPECT_TRUE(ask(0)) << "the next one reads anew";
  reads.run(page);
}

TEST_F(PageReadsTest, GivesWhoAsksDuringAReadWhatWasStoredBeforeTheyAsked) {
  EXPECT_TRUE(reads.ask(page, 0, [this](const PageReads::Answer&) {
    append("b");
    EXPECT_FALSE(ask(0));
  }));
  reads.run(page);
  EXPECT_EQ(answers, std::vector<std::string>{"2"});
  EXPECT_EQ(store.reads(), 2U);
}

TEST_F(PageReadsTest, RefusesWhoComesAfterTheMost) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(0), i == 0);
  EXPECT_EQ(answers, std::vector<std::string>{"overloaded"});
  reads.refuse(page);
  EXPECT_EQ(answers, std::vector<std::string>(5, "overloaded"));
  EXPECT_TRUE(ask(0));
  reads.run(page);
  EXPECT_EQ(answers.back(), "1");
}

TEST_F(PageReadsTest, MayGoAsSoonAsTheLastIsAnswered) {
  auto own = std::make_unique<PageReads>(rooms, 4);
  EXPECT_TRUE(own->ask(page, 0, [&](const PageReads::Answer&) { own.reset(); }));
  own->run(page);
  EXPECT_FALSE(own);
}

TEST_F(PageReadsTest, TellsAFailureToAll) {
  store.fail_with(Error{ErrorCode::unavailable, "away"});
  EXPECT_TRUE(ask(0));
  EXPECT_FALSE(ask(1));
  reads.run(page);
  EXPECT_EQ(answers, std::vector<std::string>(2, "unavailable"));
}

}  // namespace
}  // namespace confab::message_store
#endif
