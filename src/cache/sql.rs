//! Every statement that the cache runs, in one place: a test asks SQLite how it goes about each.

/// Declares statements, and the list of them for the test.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// What `rows::Row` reads.
macro_rules! row {
    () => {
        "SELECT a.kind, a.path, a.fetch_hash, a.data_json, a.data_hash"
    };
}

/// What `lookup` reads: a row, and what stands around it.
macro_rules! cached {
    () => {
        concat!(row!(), ", a.source, a.artifact_id, a.synced_at, a.is_stale")
    };
}

/// Of the states of an artifact the one that its source had last. `?1` is the reader's version.
macro_rules! is_newest {
    () => {
        " a.id = (SELECT n.id FROM artifact_cache AS n
              WHERE n.source = a.source AND n.artifact_id = a.artifact_id AND n.reader = ?1
              ORDER BY n.turn DESC, n.id DESC LIMIT 1)"
    };
}

/// Members of a collection, joined with the artifacts of their sources.
macro_rules! members {
    () => {
        " CROSS JOIN artifact_cache AS a ON a.source = c.source AND a.artifact_id = c.name AND"
    };
}

/// Whether a source had another state of the artifact since.
macro_rules! is_followed {
    () => {
        " EXISTS (SELECT 1 FROM artifact_cache AS n
              WHERE n.source = artifact_cache.source AND n.artifact_id = artifact_cache.artifact_id
              AND (n.turn, n.id) > (artifact_cache.turn, artifact_cache.id))"
    };
}

statements! {
    BLOB = "SELECT bytes FROM blob WHERE hash = ?1";
    HAS_BLOB = "SELECT 1 FROM blob WHERE hash = ?1";
    KEEP_BLOB = "INSERT INTO blob (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
    FORGET_BLOB = "DELETE FROM blob WHERE hash = ?1";
    BLOB_HASHES = "SELECT hash FROM blob";
    BLOB_SIZE = "SELECT length(bytes) FROM blob WHERE hash = ?1";
    BLOB_TOTAL = "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM blob";
    EVERY_BLOB = "SELECT id, hash, bytes FROM blob";
    FORGET_BLOB_ROW = "DELETE FROM blob WHERE id = ?1";

    KEYS = concat!(row!(), " FROM artifact_cache AS a
        WHERE a.source = ?1 AND a.reader = ?2 AND a.is_stale = 0");
    ARTIFACT = concat!(row!(), " FROM artifact_cache AS a
        WHERE a.source = ?1 AND a.kind = ?2 AND a.path = ?3 AND a.fetch_hash = ?4
        AND a.reader = ?5");
    NEWEST_AT_PATH = concat!(row!(), " FROM artifact_cache AS a
        WHERE a.source = ?1 AND a.kind = ?2 AND a.path = ?3 AND a.reader = ?4
        ORDER BY a.turn DESC, a.id DESC LIMIT 1");
    GET = concat!(cached!(), " FROM artifact_cache AS a
        WHERE a.source = ?2 AND a.artifact_id = ?3 AND a.reader = ?1
        ORDER BY a.turn DESC, a.id DESC LIMIT 1");
    ALL_OF = concat!(cached!(), " FROM artifact_cache AS a
        WHERE a.source = ?2 AND", is_newest!(), " ORDER BY a.artifact_id");
    PAGE = concat!(cached!(), " FROM artifact_cache AS a
        WHERE (a.source, a.artifact_id) > (?2, ?3) AND", is_newest!(), "
        ORDER BY a.source, a.artifact_id LIMIT ?4");
    OF_KIND = concat!(cached!(), " FROM artifact_cache AS a
        WHERE a.kind = ?2 AND a.source = ?3 AND", is_newest!());
    IN_COLLECTION = concat!(cached!(), ", c.catalog, c.collection, c.artifact_id, c.data_json,
            c.row_hash FROM collection_cache AS c", members!(), is_newest!(), "
        WHERE c.catalog = ?2 AND c.collection = ?3");
    IN_GROUP = concat!(cached!(), ", c.catalog, c.collection || '/' || c.group_name, c.artifact_id,
            '', c.row_hash FROM group_cache AS c", members!(), is_newest!(), "
        WHERE c.catalog = ?2 AND c.collection = ?3 AND c.group_name = ?4");
    /// A state that is met again is the last one from then on.
    KEEP_ARTIFACT = "INSERT INTO artifact_cache (source, kind, path, artifact_id, reader, data_json,
            fetch_hash, cached_at, synced_at, seen_at, data_hash, turn)
        VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8,?8,?9, 1 + coalesce((SELECT max(n.turn)
            FROM artifact_cache AS n WHERE n.source = ?1 AND n.artifact_id = ?4), 0))
        ON CONFLICT (source, kind, path, fetch_hash) DO UPDATE SET artifact_id = ?4, reader = ?5,
            data_json = ?6, synced_at = ?8, seen_at = ?8, is_stale = 0, data_hash = ?9,
            turn = excluded.turn";
    RETURNED = concat!("UPDATE artifact_cache SET synced_at = ?5, seen_at = ?5, turn = 1 + (
            SELECT max(n.turn) FROM artifact_cache AS n
            WHERE n.source = ?1 AND n.artifact_id = artifact_cache.artifact_id)
        WHERE source = ?1 AND kind = ?2 AND path = ?3 AND fetch_hash = ?4 AND", is_followed!());
    SEEN = "UPDATE artifact_cache SET seen_at = ?5
        WHERE source = ?1 AND kind = ?2 AND path = ?3 AND fetch_hash = ?4 AND seen_at < ?6";
    INVALIDATE = "UPDATE artifact_cache SET is_stale = 1 WHERE source = ?1 AND artifact_id = ?2";
    FORGET_OLD_STATES = concat!("DELETE FROM artifact_cache WHERE seen_at < ?1 AND", is_followed!());
    FORGET_ARTIFACTS = "DELETE FROM artifact_cache WHERE source = ?1";
    FORGET_ARTIFACT_ROW = "DELETE FROM artifact_cache WHERE id = ?1";
    CONTENTS_NAMED = "SELECT data_json FROM artifact_cache";
    EVERY_ARTIFACT = concat!(row!(), ", a.source, a.artifact_id, a.id FROM artifact_cache AS a");
    COUNTS = "SELECT source, count(DISTINCT artifact_id), count(*)
        FROM artifact_cache INDEXED BY artifact_cache_by_id GROUP BY source";
    COUNT = "SELECT count(*) FROM (SELECT 1 FROM artifact_cache WHERE source = ?1
        GROUP BY kind, path)";
    N_STALE = "SELECT count(*) FROM artifact_cache WHERE is_stale = 1";

    FILES = "SELECT path, stamp, hash, size, reading, row_hash FROM file_cache WHERE source = ?1";
    KEEP_FILE = "INSERT INTO file_cache (source, path, stamp, hash, size, reading, row_hash)
        VALUES (?1,?2,?3,?4,?5,?6,?7)
        ON CONFLICT (source, path) DO UPDATE SET stamp = ?3, hash = ?4, size = ?5, reading = ?6,
            row_hash = ?7";
    FORGET_FILE = "DELETE FROM file_cache WHERE source = ?1 AND path = ?2";
    FORGET_FILES = "DELETE FROM file_cache WHERE source = ?1";
    FILE_SOURCES = "SELECT DISTINCT source FROM file_cache";
    EVERY_FILE = "SELECT path, stamp, hash, size, reading, row_hash, source FROM file_cache";
    FORGET_FILE_ROW = "DELETE FROM file_cache WHERE row_hash IS ?1";

    FACT = "SELECT value, value_hash FROM cache_metadata WHERE source = ?1 AND name = ?2";
    FACTS = "SELECT source, name, value, value_hash, id FROM cache_metadata ORDER BY source, name";
    KEEP_FACT = "INSERT INTO cache_metadata (source, name, value, value_hash) VALUES (?1,?2,?3,?4)
        ON CONFLICT (source, name) DO UPDATE SET value = ?3, value_hash = ?4";
    FORGET_FACTS = "DELETE FROM cache_metadata WHERE source = ?1";
    /// As far as `!` follows the blank: what an address answered.
    FORGET_ANSWERS =
        "DELETE FROM cache_metadata WHERE source = ?1 AND name >= 'answer ' AND name < 'answer!'";
    /// As far as `!` follows the blank: what `sync` saw when it last looked at a catalog.
    FORGET_LOOKS =
        "DELETE FROM cache_metadata WHERE source = '' AND name >= 'looked ' AND name < 'looked!'";
    /// As far as `!` follows the blank: the lists of histories.
    HISTORIES = "SELECT name FROM cache_metadata
        WHERE source = ?1 AND name >= 'history ' AND name < 'history!'";
    FORGET_FACT = "DELETE FROM cache_metadata WHERE source = ?1 AND name = ?2";
    /// As far as `!` follows the blank: that all of a source that a lock named was there.
    FORGET_WHOLE = "DELETE FROM cache_metadata WHERE name >= 'whole ' AND name < 'whole!'";
    FORGET_FACT_ROW = "DELETE FROM cache_metadata WHERE id = ?1";

    KNOWS_COLLECTION = "SELECT 1 FROM collection_cache
        WHERE catalog = ?1 AND collection = ?2 AND fetch_hash = ?3";
    COLLECTIONS = "SELECT DISTINCT collection FROM collection_cache WHERE catalog = ?1";
    KEEP_MEMBER = "INSERT INTO collection_cache (catalog, collection, artifact_id, source, name,
            data_json, fetch_hash, cached_at, synced_at, row_hash)
        VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8,?9)";
    KEEP_GROUP_MEMBER = "INSERT INTO group_cache (catalog, collection, group_name, artifact_id,
            source, name, row_hash) VALUES (?1,?2,?3,?4,?5,?6,?7)
        ON CONFLICT (catalog, collection, group_name, artifact_id) DO NOTHING";
    FORGET_COLLECTION = "DELETE FROM collection_cache WHERE catalog = ?1 AND collection = ?2";
    FORGET_GROUPS = "DELETE FROM group_cache WHERE catalog = ?1 AND collection = ?2";
    EVERY_MEMBER = "SELECT catalog, collection, artifact_id, data_json, row_hash, source, name
        FROM collection_cache";
    EVERY_GROUP_MEMBER = "SELECT catalog, collection || '/' || group_name, artifact_id, '',
        row_hash, source, name FROM group_cache";

    CLEAR_BLOBS = "DELETE FROM blob";
    CLEAR_ARTIFACTS = "DELETE FROM artifact_cache";
    CLEAR_FILES = "DELETE FROM file_cache";
    CLEAR_FACTS = "DELETE FROM cache_metadata";
    CLEAR_COLLECTIONS = "DELETE FROM collection_cache";
    CLEAR_GROUPS = "DELETE FROM group_cache";
}
