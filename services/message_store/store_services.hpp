#pragma once

#include <optional>

#include "common/base/clock.hpp"
#include "common/rpc/server.hpp"
#include "message_store/background.hpp"
#include "message_store/broker/redis_events.hpp"
#include "message_store/message_store_config.hpp"
#include "message_store/reports.hpp"
#include "message_store/rpc/message_store_rpc.hpp"
#include "message_store/rpc/messages_rpc.hpp"
#include "message_store/rpc/people_rpc.hpp"
#include "message_store/rpc/provisioning_rpc.hpp"
#include "message_store/rpc/rooms_rpc.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/pg_profiles.hpp"
#include "message_store/storage/pg_read_positions.hpp"
#include "message_store/storage/pg_room_changes.hpp"
#include "message_store/storage/pg_room_import.hpp"
#include "message_store/storage/pg_room_lists.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/pg_rooms.hpp"
#include "message_store/storage/pg_search.hpp"
#include "message_store/storage/pg_search_index.hpp"

namespace confab::message_store {

// The composition root, as far as it is plain construction. The members of each struct stand in the
// order of their dependence, and so do the structs.

struct Pools {
  explicit Pools(const MessageStoreConfig& config)
      : writes(config.write_pool()),
        reads(config.read_pool()),
        searches(config.search_pool()),
        background(config.background_pool()) {}

  postgres::Pool writes;
  postgres::Pool reads;
  postgres::Pool searches;
  postgres::Pool background;
};

/// What is told of everything that is committed: the search index, then the gateways.
struct Told {
  Told(Pools& pools, const MessageStoreConfig& config, redis::Publisher& publisher,
       Reports& reports)
      : rooms(pools.writes, pools.reads, config.limits),
        people(rooms),
        to_gateways(publisher),
        index(pools.background, pools.background),
        indexer(index, config.indexer(), reports.indexing()),
        events(to_gateways, indexer) {}

  PgRooms rooms;
  People people;
  RedisEvents to_gateways;
  PgSearchIndex index;
  SearchIndexer indexer;
  IndexedEvents events;
};

/// What it does for gateways, and of itself.
class StoreServices {
 public:
  /// `events`: Told's, or what passes on to them.
  StoreServices(Pools& pools, Told& told, Events& events, const MessageStoreConfig& config,
                Reports& reports)
      : pools_(pools), told_(told), events_(events), config_(config), reports_(reports) {
    if (config.search_index) indexing_.emplace(told.indexer);
  }

  [[nodiscard]] rpc::Services services() {
    rpc::Services all{&store_rpc_, &messages_rpc_, &rooms_rpc_, &people_rpc_};
    if (config_.provisioning) all.push_back(&provisioning_);
    return all;
  }

 private:
  void stored(std::span<const Entry> entries) {
    reports_.stored(entries.size());
    announcer_.committed(entries);
  }

  Pools& pools_;
  Told& told_;
  Events& events_;
  const MessageStoreConfig& config_;
  Reports& reports_;
  const SystemClock clock_;
  SystemRandom random_;
  PgRooms& rooms_ = told_.rooms;
  People& people_ = told_.people;

  PgRoomLog log_{pools_.writes, pools_.reads, config_.limits};
  Announcer announcer_{people_, events_, reports_.unpublished(), reports_.unreadable()};
  RoomLanes lanes_{log_, random_, config_.lanes(),
                   [this](std::span<const Entry> entries) { stored(entries); }, reports_.batches()};
  RoomService service_{rooms_, log_, lanes_, people_, announcer_, clock_, random_, config_.limits};
  MessageService messages_{log_, lanes_, announcer_, random_, config_.edit_window, config_.limits};
  WorkerPool workers_{config_.readers, config_.max_queued};
  MessageStoreRpc store_rpc_{service_, lanes_, workers_, reports_.failures(), reports_.page_read()};
  MessagesRpc messages_rpc_{messages_, workers_, reports_.failures()};

  PgRoomChanges changes_{pools_.writes, config_.limits};
  PgRoomLists lists_{pools_.writes, pools_.reads};
  PgReadPositions positions_{pools_.writes, pools_.reads};
  RoomDesk desk_{rooms_, log_, changes_, lanes_, people_, announcer_, clock_, random_};
  RoomDirectory directory_{rooms_, lists_};
  ReadDesk read_desk_{rooms_, positions_, announcer_};
  RoomsRpc rooms_rpc_{desk_, directory_, read_desk_, workers_, reports_.failures()};

  PgBlocks blocks_{pools_.writes, pools_.reads, config_.limits};
  PgProfiles profiles_{pools_.writes, pools_.background};
  PgErasures erasures_{pools_.background, pools_.background};
  PeopleService people_service_{profiles_, blocks_, erasures_, people_};
  PgSearch search_{pools_.searches, config_.search_timeout};
  SearchService search_service_{search_, people_};
  WorkerPool searchers_{config_.searchers, config_.max_searches};
  PeopleRpc people_rpc_{people_service_, search_service_, workers_, searchers_,
                        reports_.failures()};

  PgRoomImport import_store_{pools_.writes};
  RoomImport import_{import_store_, clock_, random_, config_.limits, [this](std::uint64_t room_id) {
                       told_.indexer.touched(room_id, std::chrono::steady_clock::now());
                     }};
  ProvisioningRpc provisioning_{import_, workers_, reports_.failures()};

  Background in_background_{people_service_, erasures_, service_, messages_, reports_};
  std::optional<IndexerThread> indexing_;
};

}  // namespace confab::message_store
