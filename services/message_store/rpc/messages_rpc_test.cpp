#include "message_store/rpc/messages_rpc.hpp"

#include "message_store/domain/event_json.hpp"
#include "message_store/rpc/store_server_test.hpp"

namespace confab::message_store {
namespace {

struct MessagesRpcTest : StoreServerTest {
  std::unique_ptr<v1::Messages::Stub> messages_stub = v1::Messages::NewStub(channel());
  v1::Room room = make_room("", {"bob"});

  MessagesRpcTest() {
    const Draft drafts[] = {{1, "1", Uuid::make(random), message_body("hi", "")},
                            {1, "2", Uuid::make(random), message_body("ho", R"({"a":1})")}};
    EXPECT_TRUE(store.log.append(room.room_id(), drafts));
  }

  v1::ChangeRequest of(std::uint64_t seq, const std::string& actor = "ada") {
    v1::ChangeRequest request;
    request.set_room_id(room.room_id());
    *request.mutable_actor() = person(actor);
    request.set_target_seq(seq);
    return request;
  }
  Result<v1::Changed> change(const v1::ChangeRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::Changed response;
    const auto status = messages_stub->Change(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
  Result<v1::ReadLogResponse> pins(std::int64_t reader_id) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::ListPinsRequest request;
    request.set_room_id(room.room_id());
    request.set_reader_id(reader_id);
    v1::ReadLogResponse response;
    const auto status = messages_stub->ListPins(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
  v1::ReadLogResponse read(bool folded) {
    v1::ReadLogRequest request;
    request.set_room_id(room.room_id());
    request.set_limit(50);
    request.set_folded(folded);
    return call(&v1::MessageStore::Stub::ReadLog, request).value();
  }
  static bool has(const event::v1::Entry& entry, const std::string& part) {
    return entry.json().find(part) != std::string::npos;
  }
};

TEST_F(MessagesRpcTest, ChangesAMessageInEveryWay) {
  auto edit = of(1);
  edit.mutable_edit()->set_client_msg_id("e");
  edit.mutable_edit()->set_text("new");
  *edit.mutable_edit()->add_mentions() = person("bob");
  const auto edited = change(edit);
  ASSERT_TRUE(edited) << edited.error().message;
  EXPECT_TRUE(edited->changed());
  EXPECT_EQ(edited->place().seq(), 3U);
  EXPECT_FALSE(change(edit)->changed());
  EXPECT_EQ(change(edit)->place().msg_id(), edited->place().msg_id());
  auto react = of(1, "bob");
  react.mutable_react()->set_reaction("+1");
  EXPECT_TRUE(change(react)->changed());
  auto pin = of(2);
  pin.mutable_pin()->set_pinned(true);
  EXPECT_TRUE(change(pin)->changed());
  react.mutable_react()->set_reaction("never there");
  react.mutable_react()->set_remove(true);
  EXPECT_FALSE(change(react)->has_place());

  const auto folded = read(true);
  ASSERT_EQ(folded.entries_size(), 2);
  EXPECT_TRUE(has(folded.entries(0), R"("text":"new","mentions":[{"id":2,)"));
  EXPECT_TRUE(has(folded.entries(0), R"("edited":{"seq":3,"ts":)"));
  EXPECT_TRUE(has(folded.entries(0), R"([{"reaction":"+1","count":1,"user_ids":[2]}])"));
  EXPECT_TRUE(has(folded.entries(1), R"("pinned":true)"));
  const auto raw = read(false);
  ASSERT_EQ(raw.entries_size(), 5);
  EXPECT_TRUE(has(raw.entries(0), R"("text":"hi")"));
  EXPECT_EQ(raw.entries(2).kind(), event::v1::KIND_MESSAGE_EDITED);
  EXPECT_EQ(raw.entries(2).target_seq(), 1U);
  EXPECT_EQ(raw.entries(3).kind(), event::v1::KIND_REACTION);
  EXPECT_EQ(raw.entries(4).kind(), event::v1::KIND_PIN);
  EXPECT_EQ(raw.entries(4).target_seq(), 2U);
  EXPECT_EQ(pins(2)->entries(0).json(), folded.entries(1).json());

  auto redact = of(1);
  redact.mutable_redact();
  EXPECT_TRUE(change(redact)->changed());
  for (const bool is_folded : {true, false}) {
    const auto page = read(is_folded);
    for (const auto& entry : page.entries()) {
      EXPECT_FALSE(has(entry, "\"hi\"") || has(entry, "\"new\"")) << entry.json();
    }
  }
  EXPECT_EQ(events.told(), (std::vector<std::string>{"added 1", "added 2", "entry 3", "entry 4",
                                                     "entry 5", "entry 6"}));
}

TEST_F(MessagesRpcTest, KeepsOrTakesAwayAttributesAsItIsTold) {
  auto edit = of(2);
  edit.mutable_edit()->set_client_msg_id("1");
  edit.mutable_edit()->set_text("x");
  ASSERT_TRUE(change(edit));
  EXPECT_TRUE(has(read(true).entries(1), R"("attributes":{"a":1})"));
  edit.mutable_edit()->set_client_msg_id("2");
  edit.mutable_edit()->set_attributes("{}");
  ASSERT_TRUE(change(edit));
  EXPECT_FALSE(has(read(true).entries(1), "attributes"));
  edit.mutable_edit()->set_attributes(R"({"file":{}})");
  EXPECT_EQ(code(change(edit)), "invalid_argument");
}

TEST_F(MessagesRpcTest, SaysWhyNotByItsCode) {
  EXPECT_EQ(code(change(of(1))), "invalid_argument") << "no change at all";
  auto redact = of(1, "bob");
  redact.mutable_redact();
  EXPECT_EQ(code(change(redact)), "permission_denied");
  auto react = of(9);
  react.mutable_react()->set_reaction("+1");
  EXPECT_EQ(code(change(react)), "message_not_found");
  EXPECT_EQ(code(pins(99)), "not_a_member");
}

}  // namespace
}  // namespace confab::message_store
