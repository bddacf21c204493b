//! Sources, subscriptions to them, and their items.

pub const UP: &str = "
CREATE TABLE source (
    id {id},
    feed_url TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    site_url TEXT,
    image_url TEXT,
    kind TEXT NOT NULL,
    policy TEXT NOT NULL,
    origin TEXT NOT NULL,
    added_by BIGINT REFERENCES account (id) ON DELETE SET NULL,
    health TEXT NOT NULL DEFAULT 'new',
    etag TEXT,
    last_modified TEXT,
    last_error TEXT,
    failures BIGINT NOT NULL DEFAULT 0,
    last_success_at {time},
    next_refresh_at {time},
    created_at {time} NOT NULL
);
CREATE INDEX source_due ON source (next_refresh_at);
CREATE TABLE subscription (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    priority BIGINT NOT NULL,
    created_at {time} NOT NULL,
    UNIQUE (user_id, source_id)
);
CREATE INDEX subscription_source ON subscription (source_id);
CREATE TABLE item (
    id {id},
    source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    identity TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    guid TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    authors TEXT NOT NULL,
    published_at {time},
    updated_at {time},
    summary_html TEXT NOT NULL,
    content_html TEXT NOT NULL,
    language TEXT,
    image_url TEXT,
    duration_seconds BIGINT,
    explicit BOOLEAN NOT NULL,
    season BIGINT,
    episode BIGINT,
    categories TEXT NOT NULL,
    enclosures TEXT NOT NULL,
    chapters_url TEXT,
    transcripts TEXT NOT NULL,
    media_url TEXT,
    media_bytes BIGINT,
    availability TEXT NOT NULL,
    unavailable_reason TEXT,
    next_retry_at {time},
    quality_score {real},
    quality_reasons TEXT NOT NULL DEFAULT '[]',
    summary TEXT,
    first_seen_at {time} NOT NULL,
    UNIQUE (source_id, identity)
);
CREATE INDEX item_media ON item (media_url);
CREATE INDEX item_recent ON item (source_id, published_at);
";
