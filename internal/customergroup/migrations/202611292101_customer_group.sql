-- +goose Up

-- customer_group is a group of members and customers. Its number is what chat_ids are
-- made of. One that was dismissed stays, because statistics count it.
CREATE TABLE customer_group (
    no           @serial,
    corpid       @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    notice       TEXT NOT NULL,
    owner        BIGINT NOT NULL, -- member, our number
    left_userid  @text NOT NULL,  -- of an owner who has left the corp; empty otherwise
    status       BIGINT NOT NULL, -- 0 normal, 1 the owner has left, 3 another has it since
    version      @text NOT NULL,  -- changes with every change of who is in it
    capacity     BIGINT NOT NULL, -- how many may be in it
    template     BIGINT NOT NULL, -- that welcomes customers; 0 if none does
    created_at   BIGINT NOT NULL, -- Unix seconds
    dismissed_at BIGINT NOT NULL  -- 0 if it is there
);
CREATE INDEX customer_group_owner ON customer_group (corpid, owner, no);
CREATE INDEX customer_group_corp ON customer_group (corpid, no);

-- customer_group_member is somebody who is in a group, or was. Whoever comes again has
-- another row.
CREATE TABLE customer_group_member (
    no        @serial,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat      BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    kind      BIGINT NOT NULL, -- 1 a member, 2 somebody outside of the corp
    person    BIGINT NOT NULL, -- number of the member, or of the customer
    admin     BIGINT NOT NULL,
    scene     BIGINT NOT NULL, -- 1 invited, 2 by an invitation's link, 3 by a QR code
    invitor   BIGINT NOT NULL, -- member, our number; 0 if none invited them
    state     TEXT NOT NULL,   -- of the join way that they came by
    nickname  TEXT NOT NULL,
    joined_at BIGINT NOT NULL, -- Unix seconds
    left_at   BIGINT NOT NULL  -- 0 if they are in it
);
CREATE UNIQUE INDEX customer_group_member_in ON customer_group_member (chat, kind, person) WHERE left_at = 0;
CREATE INDEX customer_group_member_chat ON customer_group_member (corpid, chat, no);
CREATE INDEX customer_group_member_person ON customer_group_member (corpid, kind, person);

-- customer_group_message is what was said in a group.
CREATE TABLE customer_group_message (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat    BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    kind    BIGINT NOT NULL, -- of who said it, as in customer_group_member
    person  BIGINT NOT NULL,
    author  @text NOT NULL,  -- customer, member, welcome or mass
    content TEXT NOT NULL,   -- JSON
    at      BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX customer_group_message_chat ON customer_group_message (corpid, chat, at);

-- customer_group_transfer is a group that was handed to another owner.
CREATE TABLE customer_group_transfer (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    chat     BIGINT NOT NULL REFERENCES customer_group (no) ON DELETE CASCADE,
    handover BIGINT NOT NULL, -- members, our numbers
    takeover BIGINT NOT NULL,
    resigned BIGINT NOT NULL, -- the first has left
    at       BIGINT NOT NULL  -- Unix seconds
);
CREATE INDEX customer_group_transfer_chat ON customer_group_transfer (corpid, chat, at);
CREATE INDEX customer_group_transfer_pair ON customer_group_transfer (corpid, handover, at);
