-- +goose Up

-- living is a live broadcast (直播). One that was cancelled stays.
CREATE TABLE living (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    livingid   @text NOT NULL,
    app        BIGINT NOT NULL,            -- our number of the one that made it
    anchor     @text NOT NULL,             -- userid, kept when the member has left
    anchor_key @text NOT NULL,             -- in lower case
    department BIGINT NOT NULL,            -- the anchor's main department
    reserved   BIGINT NOT NULL,            -- when it is to begin, Unix seconds
    length     BIGINT NOT NULL,            -- for how many seconds it is reserved
    body       TEXT NOT NULL,              -- JSON: the rest of what was set
    status     SMALLINT NOT NULL,          -- 0 reserved, 1 live, 2 ended, 4 cancelled
    started_at BIGINT NOT NULL DEFAULT 0,  -- Unix seconds
    ended_at   BIGINT NOT NULL DEFAULT 0,
    replay     SMALLINT NOT NULL DEFAULT 0, -- 0 none, 1 made, 2 deleted, 3 failed
    remind_at  BIGINT NOT NULL DEFAULT 0   -- Unix seconds; 0 for never
);
CREATE UNIQUE INDEX living_livingid ON living (corpid, livingid);
CREATE INDEX living_anchor ON living (corpid, app, anchor_key, no);
CREATE INDEX living_remind ON living (remind_at) WHERE remind_at > 0;

-- living_viewer is somebody who has reserved a place or has watched: a member or a customer.
CREATE TABLE living_viewer (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    living     BIGINT NOT NULL REFERENCES living (no) ON DELETE CASCADE,
    who        @text NOT NULL,              -- userid in lower case, or external_userid
    userid     @text NOT NULL DEFAULT '',   -- of a member
    external   @text NOT NULL DEFAULT '',   -- of a customer
    kind       SMALLINT NOT NULL DEFAULT 0, -- of a customer: 1 of WeChat, 2 of WeCom
    name       TEXT NOT NULL DEFAULT '',    -- of a customer
    reserved   SMALLINT NOT NULL DEFAULT 0,
    watched    SMALLINT NOT NULL DEFAULT 0,
    entered_at BIGINT NOT NULL DEFAULT 0,   -- Unix seconds; 0 while out
    seconds    BIGINT NOT NULL DEFAULT 0,   -- watched until the last time that they left
    comments   BIGINT NOT NULL DEFAULT 0,
    spoke      SMALLINT NOT NULL DEFAULT 0, -- by microphone
    invitor    @text NOT NULL DEFAULT '',   -- userid of who invited them
    invitor_external @text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX living_viewer_who ON living_viewer (living, who);
CREATE INDEX living_viewer_user ON living_viewer (corpid, who);
CREATE INDEX living_viewer_invitor ON living_viewer (corpid, invitor);
