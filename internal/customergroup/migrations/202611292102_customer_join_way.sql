-- +goose Up

-- customer_join_way is a code or a button by which people come into groups (「加入群聊」).
CREATE TABLE customer_join_way (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    config_id   @text NOT NULL,
    app         BIGINT NOT NULL, -- who made it
    scene       BIGINT NOT NULL, -- 1 a mini program, 2 a QR code
    remark      TEXT NOT NULL,
    auto_create BIGINT NOT NULL, -- makes a new group when the others are full
    room_name   TEXT NOT NULL,   -- of new groups, before their number
    room_number BIGINT NOT NULL, -- of the first new group
    made        BIGINT NOT NULL, -- how many it has made
    chats       TEXT NOT NULL,   -- JSON, numbers of the groups that it was given
    state       TEXT NOT NULL,
    mark_source BIGINT NOT NULL,
    created_at  BIGINT NOT NULL, -- Unix seconds
    UNIQUE (corpid, config_id)
);
CREATE INDEX customer_join_way_app ON customer_join_way (corpid, app, no);

-- customer_join_way_made is a group that a way has made.
CREATE TABLE customer_join_way_made (
    way    BIGINT NOT NULL REFERENCES customer_join_way (no) ON DELETE CASCADE,
    chat   BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (way, chat)
) @rowless;
