-- +goose Up

-- moment is something that members show to their customers in WeChat (朋友圈).
CREATE TABLE moment (
    no            @serial,
    corpid        @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind          BIGINT NOT NULL, -- 0 the corp's, 1 a member's own
    app           BIGINT NOT NULL, -- that made it; 0 is a person
    creator       BIGINT NOT NULL, -- the member, our number; 0 is an application
    content       TEXT NOT NULL,   -- JSON
    public        BIGINT NOT NULL, -- 1 for all customers of those who publish it, 0 for some
    tags          TEXT NOT NULL,   -- JSON, numbers: of the customers who see it, if it is not for all
    created_at    BIGINT NOT NULL, -- Unix seconds
    dispatched_at BIGINT NOT NULL, -- when all members were asked; 0 while they are
    cancelled_at  BIGINT NOT NULL, -- 0 if it was not
    deleted_at    BIGINT NOT NULL  -- by the member who published it; 0 if it was not
);
CREATE INDEX moment_time ON moment (corpid, created_at, no);

-- moment_task is a member who has published a moment, or is asked to.
CREATE TABLE moment_task (
    no           @serial,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    moment       BIGINT NOT NULL REFERENCES moment (no) ON DELETE CASCADE,
    member       BIGINT NOT NULL, -- our number
    published_at BIGINT NOT NULL, -- Unix seconds; 0 if it is not
    UNIQUE (moment, member)
);
CREATE INDEX moment_task_member ON moment_task (corpid, member, no);

-- moment_customer is a customer for whom a member has published a moment.
CREATE TABLE moment_customer (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    task     BIGINT NOT NULL REFERENCES moment_task (no) ON DELETE CASCADE,
    customer BIGINT NOT NULL, -- our number
    sent     BIGINT NOT NULL, -- 1 if they can see it: they have not removed the member
    PRIMARY KEY (corpid, task, customer)
) @rowless;

-- moment_response is a like or a comment.
CREATE TABLE moment_response (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    task       BIGINT NOT NULL REFERENCES moment_task (no) ON DELETE CASCADE,
    liked      BIGINT NOT NULL, -- 1 a like, 0 a comment
    customer   BIGINT NOT NULL, -- 0 is the member who published it
    text       TEXT NOT NULL,
    created_at BIGINT NOT NULL  -- Unix seconds
);
CREATE UNIQUE INDEX moment_response_like ON moment_response (task, customer) WHERE liked = 1;
CREATE INDEX moment_response_of ON moment_response (corpid, task, no);
