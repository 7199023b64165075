-- +goose Up

-- phone_read is how far a member has read in a conversation. A row is made anew when the member reads on, so that its
-- number tells the member's other pages.
CREATE TABLE phone_read (
    no     @serial,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    place  @text NOT NULL,  -- key of the conversation
    upto   BIGINT NOT NULL, -- number of the last message that was read
    UNIQUE (member, place)
);
CREATE INDEX phone_read_corp ON phone_read (corpid);
