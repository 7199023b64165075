-- +goose Up

-- emergency_call is a call that reminds a member of something urgent (紧急通知).
CREATE TABLE emergency_call (
    no        @serial,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    callid    @text NOT NULL UNIQUE,
    member    BIGINT NOT NULL, -- our number
    called_at BIGINT NOT NULL, -- Unix seconds
    talked    BIGINT NOT NULL, -- the member answered
    talk_time BIGINT NOT NULL, -- seconds
    reason    BIGINT NOT NULL  -- doc 91628; 1 while it rings
);
CREATE INDEX emergency_call_member ON emergency_call (corpid, member, called_at);

-- emergency_corp is an enterprise that has switched the notices off, or pays for a number of calls.
CREATE TABLE emergency_corp (
    corpid   @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    disabled BIGINT NOT NULL,
    balance  BIGINT NOT NULL -- calls that are left; below 0 there is no end of them
);
