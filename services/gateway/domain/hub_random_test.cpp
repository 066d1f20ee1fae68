// Interleavings by chance: whatever is lost, repeated or late, a client sees from + 1, from + 2, …
// or a reset.
#include <random>

#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

constexpr int kSteps = 3000;

/// The number that follows the last `"name":` in the JSON.
std::uint64_t number_in(const std::string& json, const std::string& name) {
  return std::stoull(json.substr(json.rfind("\"" + name + "\":") + name.size() + 3));
}

/// A client by its rules: it takes what follows what it has, and counts everything else as wrong.
class Client final : public Subscriber, public std::enable_shared_from_this<Client> {
 public:
  Client(std::int64_t user_id, Hub& hub, TestLoop& loop)
      : user_id_(user_id), hub_(hub), loop_(loop) {}

  [[nodiscard]] std::int64_t user_id() const override { return user_id_; }
  [[nodiscard]] bool gone() const override { return false; }

  void deliver(const EventBatch& batch) override {
    for (const auto& event : batch.events()) hear(event);
  }
  void hear(const EventPtr& event) {
    if (busy_) return kept_.push_back(event);  // The answer tells; an error tells nothing.
    if (event->name() == "reset" || event->name() == "lag") {
      go_on_from(number_in(event->json(), "epoch"), number_in(event->json(), "seq"));
    } else {
      take(number_in(event->json(), "seq"));
    }
  }

  void start_join(Admission room) {
    busy_ = true;
    loop_.spawn([self = shared_from_this(), room]() -> Task<> {
      const std::vector<Admission> only(1, room);
      const auto joined = co_await self->hub_.join(self, only);
      self->busy_ = false;
      self->kept_.clear();
      const auto place = self->hub_.position(*self, kRoom);
      if (joined && place) self->go_on_from(place->epoch, place->seq);
    });
  }

  void start_resume(Admission room) {
    busy_ = true;
    loop_.spawn([self = shared_from_this(), room]() -> Task<> {
      const auto answer = co_await self->hub_.resume(self, room, *self->last);
      self->busy_ = false;
      const auto kept = std::exchange(self->kept_, {});
      if (answer) co_return self->follow(*answer);
      for (const auto& event : kept) self->hear(event);
    });
  }

  void leave() { hub_.leave(*this, kRoom); }

  [[nodiscard]] bool busy() const { return busy_; }

  std::optional<Position> last;  // Nothing before it came into the room.
  int wrong = 0;
  int taken = 0;
  int resets = 0;

 private:
  void take(std::uint64_t seq) {
    if (!last || seq != last->seq + 1) ++wrong;
    ++taken;
    last->seq = seq;
  }

  void go_on_from(std::uint64_t epoch, std::uint64_t seq) {
    ++resets;
    last = Position{epoch, seq, ""};
  }

  void follow(const Replay& answer) {
    if (answer.reset) return go_on_from(answer.head.epoch, answer.head.seq);
    for (const auto& one : answer.events) take(one->seq);
    if (is_ahead(answer.head, *last) || is_ahead(*last, answer.head)) ++wrong;
  }

  const std::int64_t user_id_;
  Hub& hub_;
  TestLoop& loop_;
  bool busy_ = false;
  std::vector<EventPtr> kept_;
};

struct HubAtRandom : HubTest, ::testing::WithParamInterface<unsigned> {
  std::mt19937 chance{GetParam()};
  std::vector<std::shared_ptr<Client>> clients;
  std::deque<Entry> on_the_way;  // Published, not heard.
  std::string branch;

  std::size_t below(std::size_t end) { return chance() % end; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  FakeStore::Log& log() { return store.logs[kRoom]; }

  void publish() {
    const auto one = store.grow(kRoom, branch);
    const int copies = one_in(5) ? 0 : one_in(8) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto at = one_in(6) ? below(on_the_way.size() + 1) : on_the_way.size();
      on_the_way.insert(on_the_way.begin() + static_cast<std::ptrdiff_t>(at), one);
    }
  }

  void bring() {
    std::vector<EntryPtr> batch;
    for (auto count = below(4); count > 0 && !on_the_way.empty(); --count) {
      batch.push_back(shared(on_the_way.front()));
      on_the_way.pop_front();
    }
    if (one_in(50)) batch.push_back(shared(entry(kRoom, 1 + below(2000), "forged", log().epoch)));
    if (!batch.empty()) hub.on_entries(kRoom, batch);
  }

  /// A database restored from a backup: the end of the log is lost, and the epoch new.
  void restore() {
    if (one_in(40) && !log().entries.empty()) {
      log().entries.resize(log().entries.size() -
                           below(std::min<std::size_t>(20, log().entries.size())));
      ++log().epoch;
      branch = "b" + std::to_string(log().epoch);
    }
  }

  void come_or_go(Client& client) {
    if (client.busy()) {
      if (one_in(4)) client.leave();
    } else if (!client.last) {
      client.start_join(at_head());
    } else if (one_in(3)) {
      client.leave();
    } else {
      client.start_resume(at_head());
    }
  }

  void disturb() {
    auto& valve = one_in(2) ? store.reads : store.heads_asked;
    switch (below(6)) {
      case 0:
        return valve.fail_with(ErrorCode::unavailable);
      case 1:
        return valve.close();
      case 2:
        if (valve.waiting() > 0) valve.let_one_through();
        return;
      case 3:
        return hub.on_feed_back();
      default:
        valve.work();
        valve.open();
    }
  }

  void step() {
    switch (below(9)) {
      case 0:
      case 1:
        return publish();
      case 2:
      case 3:
        return bring();
      case 4:
        return come_or_go(*clients[below(clients.size())]);
      case 5:
        return disturb();
      case 6:
        return loop.pass(std::chrono::milliseconds(below(100)));
      case 7:
        return restore();
      default:
        for (auto count = below(6); count > 0; --count) loop.run_one();
    }
  }

  /// All is well again, and everybody comes.
  void come_to_rest() {
    for (auto* valve : {&store.reads, &store.heads_asked}) {
      valve->work();
      valve->open();
    }
    loop.pass(3 * kTick);
    for (const auto& client : clients) {
      if (client->last) {
        client->start_resume(at_head());
      } else {
        client->start_join(at_head());
      }
    }
    loop.run();
    hear(store.grow(kRoom, branch));
    loop.pass(kTick);
  }
};

TEST_P(HubAtRandom, GivesEveryClientAStreamWithoutGapOrRepeat) {
  for (std::int64_t i = 1; i <= 6; ++i) {
    clients.push_back(std::make_shared<Client>(i, hub, loop));
  }
  watch_heads();
  for (int i = 0; i < kSteps; ++i) step();
  come_to_rest();
  for (const auto& client : clients) {
    EXPECT_EQ(client->wrong, 0) << "client " << client->user_id();
    EXPECT_GT(client->taken, 50);
    EXPECT_EQ(client->last->seq, log().head().seq);
    EXPECT_EQ(client->last->epoch, log().epoch);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HubAtRandom, ::testing::Range(1U, 41U));

}  // namespace
}  // namespace confab::gateway
