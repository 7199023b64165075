-- +goose Up
CREATE TABLE scim_target (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name        @text NOT NULL,
    url         TEXT NOT NULL,
    token       @bytes NOT NULL, -- sealed
    visible     TEXT NOT NULL,   -- JSON
    groups      SMALLINT NOT NULL,
    on_leave    TEXT NOT NULL,   -- deactivate, delete
    created_at  BIGINT NOT NULL, -- Unix milliseconds, as all below
    retry_at    BIGINT NOT NULL DEFAULT 0,
    failures    BIGINT NOT NULL DEFAULT 0, -- in a row, of the product as a whole
    error       TEXT NOT NULL DEFAULT '',
    holder      TEXT NOT NULL DEFAULT '',  -- the server that works for it
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX scim_target_name ON scim_target (corpid, name);

-- scim_pending holds what may differ between the directory and a product. A row
-- is written in the transaction of the change.
CREATE TABLE scim_pending (
    target   BIGINT NOT NULL REFERENCES scim_target (no) ON DELETE CASCADE,
    kind     SMALLINT NOT NULL, -- 0 member, 1 department, 2 tag
    ref      BIGINT NOT NULL,
    version  BIGINT NOT NULL,   -- raised by each change
    due_at   BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    error    TEXT NOT NULL,
    PRIMARY KEY (target, kind, ref)
) @rowless;
CREATE INDEX scim_pending_due ON scim_pending (target, due_at);

-- scim_remote remembers what a product has. It outlives the member, so that he
-- can be told to have left.
CREATE TABLE scim_remote (
    target    BIGINT NOT NULL REFERENCES scim_target (no) ON DELETE CASCADE,
    kind      SMALLINT NOT NULL,
    ref       BIGINT NOT NULL,
    remote_id TEXT NOT NULL,
    sum       TEXT NOT NULL,  -- of what it was last told
    userkey   @text NOT NULL, -- of a member
    places    TEXT NOT NULL,  -- the groups that a member was in: department and tag ids
    PRIMARY KEY (target, kind, ref)
) @rowless;
CREATE INDEX scim_remote_user ON scim_remote (target, userkey) WHERE userkey <> '';
