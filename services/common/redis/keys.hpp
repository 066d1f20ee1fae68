#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/redis/address.hpp"
#include "common/redis/link.hpp"

namespace confab::redis {

/// Keys on several servers, chosen by bucket, over one connection to each. What is written is not
/// waited for and may be lost; what is read comes in time or not at all. Everything runs on the
/// loop's one thread.
class Keys {
 public:
  struct Events {
    std::function<void(std::string_view host, bool up, std::string_view why)> link = [](auto...) {};
  };
  using Values = std::vector<std::string>;  ///< Empty: no such key.

  /// A read takes no longer.
  static constexpr std::chrono::milliseconds kDeadline{1000};
  /// Reads that wait for one server; more are refused with overloaded.
  static constexpr std::size_t kMaxReads = 256;

  /// `addresses` is not empty.
  Keys(boost::asio::io_context& loop, const std::vector<Address>& addresses, Events events);
  /// Reads that wait are dropped without a word.
  ~Keys();
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  void start();

  /// False: the server is away or too slow, and nothing will be written.
  bool set(std::uint32_t bucket, std::string_view key, std::string_view value,
           std::chrono::seconds life);
  bool publish(std::uint32_t bucket, std::string_view channel, std::string_view payload);

  /// Which server has the keys of a bucket, 0 to servers() - 1.
  [[nodiscard]] std::size_t server_of(std::uint32_t bucket) const;
  [[nodiscard]] std::size_t servers() const { return servers_.size(); }

  /// Reads keys of one server, at least one; `done` is called once, not before this returns: with a
  /// value for each, in their order, or unavailable or overloaded.
  void get(std::size_t server, const std::vector<std::string>& keys,
           std::function<void(Result<Values>)> done);

  /// Publishes through that server, and tells, as get() does, whether it has taken that.
  void publish_to(std::size_t server, std::string_view channel, std::string_view payload,
                  std::function<void(Result<>)> done);

 private:
  /// A command whose answer is waited for. It is followed on its connection by an ECHO of `mark`,
  /// which tells its answer from those of the link's own commands.
  struct Read {
    std::string mark;
    std::size_t values;                        ///< As many are to be answered.
    std::function<void(Result<Values>)> done;  ///< Null: given up.
  };
  struct Server {
    std::shared_ptr<Link> link;
    std::deque<Read> reads;
    bool failed = false;  ///< The last reply was an error,
    Values last;          ///< or this.
  };

  void ask(Server& server, const std::string& question, std::size_t values,
           std::function<void(Result<Values>)> done);
  void on_reply(Server& server, const Reply& reply);
  void on_down(Server& server);
  void give_up_later(Server& server, std::string mark);
  void fail_soon(std::function<void(Result<Values>)> done, Error error);

  boost::asio::io_context& loop_;
  Events events_;
  std::vector<std::shared_ptr<Server>> servers_;
  std::uint64_t next_mark_ = 0;
};

}  // namespace confab::redis
