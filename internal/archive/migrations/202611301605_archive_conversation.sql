-- +goose Up

-- archive_conversation is where records belong together: two who write to each other, or a room.
CREATE TABLE archive_conversation (
    no       @serial,
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name     @text NOT NULL,  -- r and the roomid; p and the two, in order
    roomid   @text NOT NULL,  -- empty in one of two
    external BIGINT NOT NULL, -- somebody outside takes part
    records  BIGINT NOT NULL,
    last_seq BIGINT NOT NULL, -- of the newest record
    last_at  BIGINT NOT NULL  -- Unix milliseconds
);
CREATE UNIQUE INDEX archive_conversation_name ON archive_conversation (archive, name);
CREATE INDEX archive_conversation_last ON archive_conversation (archive, last_seq);

-- archive_participant says who speaks or is spoken to in a conversation.
CREATE TABLE archive_participant (
    archive      BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    person       @text NOT NULL,
    conversation BIGINT NOT NULL REFERENCES archive_conversation (no) ON DELETE CASCADE,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    PRIMARY KEY (archive, person, conversation)
) @rowless;
CREATE INDEX archive_participant_conversation ON archive_participant (conversation);

-- archive_day counts the records of a day, by the time of the message in UTC.
CREATE TABLE archive_day (
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    day      BIGINT NOT NULL, -- days since 1970
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    records  BIGINT NOT NULL,
    external BIGINT NOT NULL, -- of these, in conversations with somebody outside
    PRIMARY KEY (archive, day)
) @rowless;

ALTER TABLE archive_record ADD COLUMN conversation BIGINT NOT NULL DEFAULT 0;

INSERT INTO archive_conversation (archive, corpid, name, roomid, external, records, last_seq, last_at)
SELECT archive, corpid, CASE WHEN roomid <> '' THEN 'r' || roomid WHEN sender < peer THEN 'p' || sender || ' ' || peer ELSE 'p' || peer || ' ' || sender END,
    roomid, max(external), count(*), max(seq), max(at) FROM archive_record
GROUP BY archive, corpid, CASE WHEN roomid <> '' THEN 'r' || roomid WHEN sender < peer THEN 'p' || sender || ' ' || peer ELSE 'p' || peer || ' ' || sender END, roomid;

UPDATE archive_record SET conversation = (SELECT c.no FROM archive_conversation c WHERE c.archive = archive_record.archive AND c.name =
    CASE WHEN archive_record.roomid <> '' THEN 'r' || archive_record.roomid WHEN archive_record.sender < archive_record.peer THEN 'p' || archive_record.sender || ' ' || archive_record.peer
    ELSE 'p' || archive_record.peer || ' ' || archive_record.sender END);

INSERT INTO archive_participant (archive, person, conversation, corpid)
SELECT DISTINCT archive, sender, conversation, corpid FROM archive_record WHERE sender <> ''
UNION SELECT DISTINCT archive, peer, conversation, corpid FROM archive_record WHERE peer <> '';

INSERT INTO archive_day (archive, day, corpid, records, external)
SELECT archive, at / 86400000, corpid, count(*), sum(external) FROM archive_record GROUP BY archive, at / 86400000, corpid;

DROP INDEX archive_record_room;
CREATE INDEX archive_record_conversation ON archive_record (archive, conversation, seq);
