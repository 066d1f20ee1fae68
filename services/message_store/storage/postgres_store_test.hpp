#pragma once

#include "common/testing/database.hpp"
#include "message_store/storage/migrations.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/pg_read_positions.hpp"
#include "message_store/storage/pg_room_changes.hpp"
#include "message_store/storage/pg_room_lists.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/pg_rooms.hpp"

namespace confab::message_store {

/// A database with the service's schema, and the stores over it.
struct PostgresStore {
  TestDatabase database;
  postgres::Pool pool;
  const StoreLimits limits;
  PgRoomLog log{pool, pool, limits};
  PgRooms rooms{pool, pool, limits};
  PgRoomChanges changes{pool, limits};
  PgRoomLists lists{pool, pool};
  PgReadPositions positions{pool, pool};
  PgBlocks blocks{pool, pool, limits};

  explicit PostgresStore(std::chrono::milliseconds lock_timeout = std::chrono::seconds(20),
                         const StoreLimits& all = {})
      : pool({.url = database.url(),
              .connections = 8,
              .statement_timeout = std::chrono::seconds(30),
              .lock_timeout = lock_timeout,
              .borrow_timeout = std::chrono::seconds(30)}),
        limits(all) {
    postgres::migrate(pool, kSchema, kMigrations).value();
  }
};

}  // namespace confab::message_store
