-- +goose Up

-- blob has a row for everything that is kept in the bucket. It is made before the
-- content is, and goes after it, so that nothing is forgotten wherever a crash
-- cuts in. No foreign key to corp: the content of a corp outlives its rows until
-- it is swept.
CREATE TABLE blob (
    key    @text PRIMARY KEY,
    corpid @text NOT NULL,
    refs   BIGINT NOT NULL, -- rows that need it; 0: not yet, or no longer; -1: being deleted
    since  BIGINT NOT NULL  -- Unix milliseconds: when refs became 0
) @rowless;
CREATE INDEX blob_unused ON blob (since) WHERE refs <= 0;
CREATE INDEX blob_corp ON blob (corpid);

CREATE TABLE media (
    media_id   @text PRIMARY KEY,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind       TEXT NOT NULL,   -- image, voice, video, file
    scene      TEXT NOT NULL,   -- the call it was uploaded by, which says what it is good for
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,   -- content type
    size       BIGINT NOT NULL,
    blob       @text NOT NULL REFERENCES blob (key),
    app        BIGINT NOT NULL, -- that uploaded it
    created_at BIGINT NOT NULL, -- Unix milliseconds
    expires_at BIGINT NOT NULL
) @rowless;
CREATE INDEX media_expiry ON media (expires_at);
CREATE INDEX media_corp ON media (corpid);
CREATE INDEX media_blob ON media (blob);

-- picture is an image that stays and has an address of its own.
CREATE TABLE picture (
    key        @text PRIMARY KEY, -- in its address
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    type       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    square     SMALLINT NOT NULL, -- 1: shown cut to a square
    blob       @text NOT NULL REFERENCES blob (key),
    created_at BIGINT NOT NULL
) @rowless;
CREATE INDEX picture_corp ON picture (corpid);
CREATE INDEX picture_blob ON picture (blob);

-- picture_size keeps what a picture was scaled to, from the first time that
-- somebody asks for it.
CREATE TABLE picture_size (
    picture @text NOT NULL REFERENCES picture (key) ON DELETE CASCADE,
    width   BIGINT NOT NULL,  -- 0 is the square of full size
    type    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    blob    @text NOT NULL REFERENCES blob (key),
    PRIMARY KEY (picture, width)
) @rowless;
CREATE INDEX picture_size_blob ON picture_size (blob);

-- picture_quota counts media/uploadimg by day and by month.
CREATE TABLE picture_quota (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    period @text NOT NULL, -- 2026-01-31 or 2026-01
    used   BIGINT NOT NULL,
    PRIMARY KEY (corpid, period)
) @rowless;

CREATE TABLE media_job (
    no         @serial,
    jobid      @text NOT NULL,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL,
    agentid    BIGINT NOT NULL,
    app_kind   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,  -- empty once it is done
    md5        TEXT NOT NULL,
    status     SMALLINT NOT NULL, -- 1 under way, 2 done, 3 failed
    errcode    BIGINT NOT NULL,
    errmsg     TEXT NOT NULL,
    media_id   @text NOT NULL,
    created_at BIGINT NOT NULL,   -- Unix milliseconds
    ended_at   BIGINT NOT NULL,   -- Unix milliseconds, 0 before
    worker     TEXT NOT NULL,     -- the process that works on it
    due_at     BIGINT NOT NULL,   -- when a process may take it: that one is given up then
    tries      BIGINT NOT NULL
);
CREATE UNIQUE INDEX media_job_id ON media_job (jobid);
CREATE INDEX media_job_due ON media_job (due_at) WHERE status = 1;
CREATE INDEX media_job_corp ON media_job (corpid);
CREATE INDEX media_job_created ON media_job (created_at);
