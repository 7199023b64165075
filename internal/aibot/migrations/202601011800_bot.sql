-- +goose Up

-- bot is an intelligent robot (智能机器人) that a program answers for.
CREATE TABLE bot (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    botid       @text NOT NULL, -- aibotid, BotID
    mode        TEXT NOT NULL,  -- callback or websocket
    keys_sealed @bytes NOT NULL, -- Token, EncodingAESKey and Secret
    settings    TEXT NOT NULL,  -- JSON
    created_at  BIGINT NOT NULL, -- Unix milliseconds
    -- The long connection that is the robot's now; empty without one.
    conn        @text NOT NULL,
    conn_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX bot_botid ON bot (botid);
CREATE INDEX bot_corp ON bot (corpid);

-- bot_chat puts a robot into a chat.
CREATE TABLE bot_chat (
    bot  BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    chat BIGINT NOT NULL REFERENCES chat (no) ON DELETE CASCADE,
    PRIMARY KEY (bot, chat)
) @rowless;
CREATE INDEX bot_chat_chat ON bot_chat (chat);

-- bot_turn is something that a robot was told of, and may answer: a message, that
-- a member has come in, that he has pressed a button or judged an answer.
CREATE TABLE bot_turn (
    no       @serial,
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    member   BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    chat     BIGINT REFERENCES chat (no) ON DELETE CASCADE, -- NULL in a conversation of two
    kind     TEXT NOT NULL,    -- message, enter, card, feedback
    message  BIGINT NOT NULL,  -- that it is about; 0 where the member has come in
    task_id  TEXT NOT NULL,    -- of the card
    req_id   @text NOT NULL,
    began_at BIGINT NOT NULL,  -- Unix milliseconds, as all times here
    state    SMALLINT NOT NULL, -- 0 not answered, 1 a stream is not finished, 2 at its end
    stream   TEXT NOT NULL,    -- id of the stream that was answered with last
    ends_at  BIGINT NOT NULL,  -- when an unfinished stream is ended
    look_at  BIGINT NOT NULL,  -- when to ask for more of the stream, or end it; 0 never
    carded   SMALLINT NOT NULL, -- 1 once a card was answered
    -- What the long connection is still to be told: waiting is 1 until it was.
    waiting  SMALLINT NOT NULL,
    push     TEXT NOT NULL
);
CREATE UNIQUE INDEX bot_turn_req ON bot_turn (bot, req_id);
CREATE INDEX bot_turn_look ON bot_turn (look_at) WHERE look_at <> 0;
CREATE INDEX bot_turn_waiting ON bot_turn (bot, no) WHERE waiting = 1;
CREATE INDEX bot_turn_member ON bot_turn (member);
CREATE INDEX bot_turn_chat ON bot_turn (chat) WHERE chat IS NOT NULL;
CREATE INDEX bot_turn_began ON bot_turn (began_at);

-- bot_code is a response_code. It is used once.
CREATE TABLE bot_code (
    mac        @bytes PRIMARY KEY,
    turn       BIGINT NOT NULL REFERENCES bot_turn (no) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
) @rowless;
CREATE INDEX bot_code_turn ON bot_code (turn);

-- bot_message is what a member has written to a robot, or a robot to a member or
-- into a chat.
CREATE TABLE bot_message (
    no       @serial,
    bot      BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    chat     BIGINT REFERENCES chat (no) ON DELETE CASCADE,
    member   BIGINT REFERENCES member (no) ON DELETE CASCADE, -- whose conversation it is; NULL in a chat
    sender   BIGINT NOT NULL,  -- member who wrote it; 0 for the robot
    turn     BIGINT NOT NULL,  -- that it answers; 0 for none
    msgtype  TEXT NOT NULL,
    body     TEXT NOT NULL,    -- JSON: the object of the msgtype
    quote    TEXT NOT NULL,    -- JSON of what was quoted; empty for nothing
    stream   @text NOT NULL,   -- id of a stream
    open     SMALLINT NOT NULL, -- 1 while the stream grows
    task_id  @text NOT NULL,
    feedback TEXT NOT NULL,    -- id under which it can be judged
    sent_at  BIGINT NOT NULL
);
CREATE INDEX bot_message_member ON bot_message (member, bot, no) WHERE member IS NOT NULL;
CREATE INDEX bot_message_chat ON bot_message (chat, bot, no) WHERE chat IS NOT NULL;
CREATE INDEX bot_message_bot ON bot_message (bot);
CREATE UNIQUE INDEX bot_message_task ON bot_message (bot, task_id) WHERE task_id <> '';
CREATE UNIQUE INDEX bot_message_stream ON bot_message (turn, stream) WHERE stream <> '';

-- bot_card is what a card was replaced by. Of those for everybody and for one
-- member he sees the one with the larger number.
CREATE TABLE bot_card (
    no       @serial,
    message  BIGINT NOT NULL REFERENCES bot_message (no) ON DELETE CASCADE,
    member   BIGINT NOT NULL, -- 0 for everybody
    body     TEXT NOT NULL,
    feedback TEXT NOT NULL
);
CREATE INDEX bot_card_message ON bot_card (message);

-- bot_feedback is how a member judged an answer.
CREATE TABLE bot_feedback (
    message BIGINT NOT NULL REFERENCES bot_message (no) ON DELETE CASCADE,
    member  BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    type    SMALLINT NOT NULL, -- 1 right, 2 wrong
    PRIMARY KEY (message, member)
) @rowless;
CREATE INDEX bot_feedback_member ON bot_feedback (member);

-- bot_picture is a picture within a stream.
CREATE TABLE bot_picture (
    message BIGINT NOT NULL REFERENCES bot_message (no) ON DELETE CASCADE,
    place   SMALLINT NOT NULL,
    content @bytes NOT NULL,
    PRIMARY KEY (message, place)
);

-- bot_visit is the day on which a member came to a robot last.
CREATE TABLE bot_visit (
    bot    BIGINT NOT NULL REFERENCES bot (no) ON DELETE CASCADE,
    member BIGINT NOT NULL REFERENCES member (no) ON DELETE CASCADE,
    day    TEXT NOT NULL,
    PRIMARY KEY (bot, member)
) @rowless;
CREATE INDEX bot_visit_member ON bot_visit (member);
