-- +goose Up

-- Counts of guesses decay with time now. Those of earlier versions are of a day at
-- most and are let go.
DROP TABLE login_guess;

-- login_guess counts guesses by a digest of what they were at or came from. A count is
-- kept as the time at which it will have decayed to nothing.
CREATE TABLE login_guess (
    subject      @bytes PRIMARY KEY,
    empty_at     BIGINT NOT NULL,  -- Unix milliseconds
    locked_until BIGINT NOT NULL
) @rowless;
CREATE INDEX login_guess_empty ON login_guess (empty_at);

-- login_familiar is where a member has signed in rightly: a browser, or a network.
CREATE TABLE login_familiar (
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    mark    @bytes NOT NULL,  -- digest
    seen_at BIGINT NOT NULL,  -- Unix milliseconds
    PRIMARY KEY (member, mark)
) @rowless;
CREATE INDEX login_familiar_mark ON login_familiar (mark);
CREATE INDEX login_familiar_seen ON login_familiar (seen_at);
