-- +goose Up

-- chats are the groups to which the corp leads customers of its service.
ALTER TABLE kf_corp ADD COLUMN chats TEXT NOT NULL DEFAULT '[]'; -- JSON: numbers, and the join ways that lead there

ALTER TABLE kf_day ADD COLUMN invited_chat BIGINT NOT NULL DEFAULT 0; -- groups whose code was sent
ALTER TABLE kf_day ADD COLUMN joined_chat  BIGINT NOT NULL DEFAULT 0; -- groups that the customer has joined since

-- kf_invitation is a servicer who has sent a customer the code of a group.
CREATE TABLE kf_invitation (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    session  BIGINT NOT NULL REFERENCES kf_session (no) ON DELETE CASCADE,
    servicer BIGINT NOT NULL, -- member, our number
    chat     BIGINT NOT NULL, -- our number
    at       BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX kf_invitation_session ON kf_invitation (session, chat, no);
CREATE INDEX kf_invitation_at ON kf_invitation (at);
