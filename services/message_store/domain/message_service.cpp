#include "message_store/domain/message_service.hpp"

namespace confab::message_store {

void MessageService::change(MessageChange change, std::function<void(Result<ChangeOutcome>)> done) {
  if (const auto good = check_change(change, limits_); !good) return done(good.error());
  change.msg_id = Uuid::make(random_);
  change.edit_window = edit_window_;
  const auto room_id = change.room_id;
  const bool queued = lanes_.run(room_id, [this, change = std::move(change), done] {
    const auto outcome = log_.change(change);
    if (outcome && outcome->entry) {
      announcer_.committed({&*outcome->entry, 1});
    }
    done(outcome);
  });
  if (!queued) {
    done(Error{ErrorCode::overloaded, "the message-store's queue is full",
               std::chrono::milliseconds(500)});
  }
}

Result<RenderedPage> MessageService::pins(std::uint64_t room_id, std::int64_t reader_id) {
  auto page = log_.pins(room_id, reader_id);
  if (!page) return page.error();
  return render_page(announcer_, std::move(*page), true);
}

}  // namespace confab::message_store
