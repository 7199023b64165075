-- +goose Up

-- chat_group is an internal group that members have made among themselves.
CREATE TABLE chat_group (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chatid     @text NOT NULL,
    name       TEXT NOT NULL,
    notice     TEXT NOT NULL,
    owner      BIGINT NOT NULL, -- our number of the member; 0 once everybody has left
    creator    @text NOT NULL,  -- userid at the time
    created_at BIGINT NOT NULL, -- Unix milliseconds
    UNIQUE (corpid, chatid)
);

CREATE TABLE chat_group_member (
    chat_group BIGINT NOT NULL REFERENCES chat_group (no) ON DELETE CASCADE,
    member     BIGINT NOT NULL, -- our number
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    joined_at  BIGINT NOT NULL, -- Unix milliseconds
    PRIMARY KEY (chat_group, member)
) @rowless;
CREATE INDEX chat_group_member_of ON chat_group_member (corpid, member, chat_group);

-- chat_robot is a robot that a member has put into a group.
CREATE TABLE chat_robot (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    robot_id   @text NOT NULL,
    chat_group BIGINT NOT NULL REFERENCES chat_group (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    creator    BIGINT NOT NULL, -- our number of the member
    UNIQUE (corpid, robot_id)
);

-- chat_message is what was said.
CREATE TABLE chat_message (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    msgid      @text NOT NULL,
    at         BIGINT NOT NULL, -- Unix milliseconds
    chat_group BIGINT NOT NULL, -- 0 is a conversation of two
    sender     BIGINT NOT NULL, -- our number of the member; 0 is a robot
    sender_id  @text NOT NULL,  -- the id at the time
    receiver   BIGINT NOT NULL, -- of a conversation of two
    msgtype    @text NOT NULL,
    content    TEXT NOT NULL,   -- JSON
    revoked_at BIGINT NOT NULL, -- Unix milliseconds; 0 if it was not
    UNIQUE (corpid, msgid)
);
CREATE INDEX chat_message_group ON chat_message (corpid, chat_group, no);
CREATE INDEX chat_message_pair ON chat_message (corpid, sender, receiver, no);
