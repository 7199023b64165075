-- +goose Up

-- meeting_try counts wrong passwords of somebody who wants to come to a meeting.
CREATE TABLE meeting_try (
    meeting BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    corpid  @text NOT NULL,
    who     @text NOT NULL,  -- as of meeting_person
    tries   BIGINT NOT NULL,
    over    BIGINT NOT NULL, -- Unix milliseconds from which on they no longer count
    PRIMARY KEY (meeting, who)
) @rowless;
