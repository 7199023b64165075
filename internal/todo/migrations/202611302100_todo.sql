-- +goose Up

-- todo is a to-do (待办): something to be done, who has made it and until when.
CREATE TABLE todo (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    todo_id     @text NOT NULL,
    creator_key @text NOT NULL,  -- userid in lower case
    creator     @text NOT NULL,
    status      BIGINT NOT NULL, -- 0 done, 1 under way, 2 deleted
    content     TEXT NOT NULL,
    ends_at     BIGINT NOT NULL, -- Unix seconds; 0 for no end
    reminds     TEXT NOT NULL,   -- JSON: the kinds of reminders
    remind_at   BIGINT NOT NULL, -- Unix seconds of the next reminder; 0 for none
    created_at  BIGINT NOT NULL, -- Unix seconds
    updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX todo_id ON todo (corpid, todo_id);
CREATE INDEX todo_creator ON todo (corpid, creator_key, no);
CREATE INDEX todo_remind ON todo (remind_at);

-- todo_follower is a member who takes part in a to-do.
CREATE TABLE todo_follower (
    todo       BIGINT NOT NULL REFERENCES todo (no) ON DELETE CASCADE,
    corpid     @text NOT NULL,
    userkey    @text NOT NULL,  -- userid in lower case
    userid     @text NOT NULL,
    place      BIGINT NOT NULL, -- order of the followers
    status     BIGINT NOT NULL, -- 0 declined, 1 accepted, 2 done
    updated_at BIGINT NOT NULL, -- Unix seconds
    PRIMARY KEY (todo, userkey)
) @rowless;
CREATE INDEX todo_follower_member ON todo_follower (corpid, userkey, todo);
