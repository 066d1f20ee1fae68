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
  PgRoomLog log{pool, pool};
  PgRooms rooms{pool, pool};
  PgRoomChanges changes{pool};
  PgRoomLists lists{pool, pool};
  PgReadPositions positions{pool, pool};
  PgBlocks blocks{pool, pool};

  explicit PostgresStore(std::chrono::milliseconds lock_timeout = std::chrono::seconds(20))
      : pool({.url = database.url(),
              .connections = 8,
              .statement_timeout = std::chrono::seconds(30),
              .lock_timeout = lock_timeout,
              .borrow_timeout = std::chrono::seconds(30)}) {
    postgres::migrate(pool, kSchema, kMigrations).value();
  }
};

}  // namespace confab::message_store
