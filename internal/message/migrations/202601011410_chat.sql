-- +goose Up

-- chat is a group (应用群聊) that belongs to the application that made it.
CREATE TABLE chat (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app        BIGINT NOT NULL REFERENCES app (no) ON DELETE CASCADE,
    chatid     @text NOT NULL,
    name       TEXT NOT NULL,
    owner      BIGINT REFERENCES member (no) ON DELETE SET NULL,
    created_at BIGINT NOT NULL -- Unix milliseconds
);
CREATE UNIQUE INDEX chat_chatid ON chat (corpid, chatid);
CREATE INDEX chat_app ON chat (app);
CREATE INDEX chat_owner ON chat (owner) WHERE owner IS NOT NULL;

CREATE TABLE chat_member (
    chat   BIGINT NOT NULL REFERENCES chat (no) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    PRIMARY KEY (chat, member)
) @rowless;
CREATE INDEX chat_member_member ON chat_member (member);

-- robot is a group robot (群机器人). Whoever has its key may post.
CREATE TABLE robot (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat       BIGINT NOT NULL REFERENCES chat (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    key_mac    @bytes NOT NULL,
    key_sealed @bytes NOT NULL,
    disabled   SMALLINT NOT NULL,
    created_at BIGINT NOT NULL -- Unix milliseconds
);
CREATE UNIQUE INDEX robot_key ON robot (key_mac);
CREATE INDEX robot_chat ON robot (chat);
CREATE INDEX robot_corp ON robot (corpid);

-- message_picture is a picture that came within a robot's message.
CREATE TABLE message_picture (
    message BIGINT PRIMARY KEY REFERENCES message (no) ON DELETE CASCADE,
    content @bytes NOT NULL
);
