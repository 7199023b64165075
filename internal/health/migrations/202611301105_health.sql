-- +goose Up

-- health_job is what members are asked to report (健康上报任务).
CREATE TABLE health_job (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    jobid      @text NOT NULL,
    ended      SMALLINT NOT NULL DEFAULT 0,
    body       TEXT NOT NULL -- JSON
);
CREATE UNIQUE INDEX health_job_id ON health_job (corpid, jobid);
CREATE INDEX health_job_running ON health_job (corpid, ended, no);

-- health_answer is what a member reported on a day. The last of a day counts.
CREATE TABLE health_answer (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    job     BIGINT NOT NULL REFERENCES health_job (no) ON DELETE CASCADE,
    day     @text NOT NULL, -- in China
    userkey @text NOT NULL, -- userid in lower case
    userid  @text NOT NULL, -- kept when the member has left
    at      BIGINT NOT NULL, -- Unix seconds
    body    TEXT NOT NULL   -- JSON
);
CREATE UNIQUE INDEX health_answer_day ON health_answer (job, day, userkey);
CREATE INDEX health_answer_user ON health_answer (corpid, userkey);

-- health_use counts how often a member opened the application on a day.
CREATE TABLE health_use (
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    day     @text NOT NULL,
    userkey @text NOT NULL,
    times   BIGINT NOT NULL,
    PRIMARY KEY (corpid, day, userkey)
) @rowless;
