-- +goose Up

-- customer is somebody outside of the corp whom its members know: a WeChat user, or a
-- member of another corp. Its number is what external_userids are made of.
CREATE TABLE customer (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    kind       BIGINT NOT NULL, -- 1 a WeChat user, 2 a member of another corp
    name       TEXT NOT NULL,
    avatar     TEXT NOT NULL,
    gender     BIGINT NOT NULL, -- 0 unknown, 1 male, 2 female
    unionid    @text NOT NULL,  -- empty if it is not known
    position   TEXT NOT NULL,
    corp_name  TEXT NOT NULL,
    full_name  TEXT NOT NULL,   -- of the other corp
    profile    TEXT NOT NULL,   -- JSON, what a member of another corp shows
    created_at BIGINT NOT NULL  -- Unix milliseconds
);
CREATE UNIQUE INDEX customer_unionid ON customer (corpid, unionid) WHERE unionid <> '';
CREATE INDEX customer_corp ON customer (corpid, no);

-- customer_follow is what lies between a member and a customer. The member is our
-- number, which stays when the member has left.
CREATE TABLE customer_follow (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    customer    BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    kind        BIGINT NOT NULL, -- the customer's
    member      BIGINT NOT NULL,
    standing    BIGINT NOT NULL, -- 1 friends, 2 the member has not confirmed, 3 the customer has removed the member
    created_at  BIGINT NOT NULL, -- Unix milliseconds; when they last became friends
    remark      TEXT NOT NULL,
    description TEXT NOT NULL,
    company     TEXT NOT NULL,
    mobiles     TEXT NOT NULL,   -- JSON
    picture     @text NOT NULL,  -- of the remark: where its content is kept
    tags        TEXT NOT NULL,   -- JSON, numbers; those that are deleted stay and count for nothing
    add_way     BIGINT NOT NULL,
    oper        BIGINT NOT NULL, -- the member who asked; 0 is the customer
    state       TEXT NOT NULL,
    channel     TEXT NOT NULL,   -- nickname of the video channel
    source      BIGINT NOT NULL, -- in it
    chatted_at  BIGINT NOT NULL, -- when they began to chat; 0 if they have not
    handing     BIGINT NOT NULL, -- the transfer that is under way; 0 if none is
    UNIQUE (corpid, customer, member)
);
CREATE INDEX customer_follow_member ON customer_follow (corpid, member, no);

-- customer_tag_group and customer_tag are the corp's tags for customers. What was
-- deleted stays, because it is told when it is asked for.
CREATE TABLE customer_tag_group (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    sort       BIGINT NOT NULL, -- larger ones first
    app        BIGINT NOT NULL, -- who made it; 0 is an administrator
    created_at BIGINT NOT NULL, -- Unix seconds
    deleted_at BIGINT NOT NULL  -- 0 if it is there
);
CREATE UNIQUE INDEX customer_tag_group_name ON customer_tag_group (corpid, name) WHERE deleted_at = 0;
CREATE TABLE customer_tag (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    tag_group  BIGINT NOT NULL REFERENCES customer_tag_group (no) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    sort       BIGINT NOT NULL,
    app        BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX customer_tag_name ON customer_tag (tag_group, name) WHERE deleted_at = 0;
CREATE INDEX customer_tag_corp ON customer_tag (corpid, no);

-- customer_way is a contact way (「联系我」).
CREATE TABLE customer_way (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    config_id   @text NOT NULL,
    app         BIGINT NOT NULL, -- who made it
    kind        BIGINT NOT NULL, -- 1 one member, 2 several
    scene       BIGINT NOT NULL, -- 1 a mini program, 2 a QR code
    style       BIGINT NOT NULL,
    remark      TEXT NOT NULL,
    skip_verify BIGINT NOT NULL,
    state       TEXT NOT NULL,
    members     TEXT NOT NULL,   -- JSON, numbers
    departments TEXT NOT NULL,   -- JSON
    exclusive   BIGINT NOT NULL, -- people of one corp go to one member
    created_at  BIGINT NOT NULL, -- Unix seconds
    turns       BIGINT NOT NULL, -- how many customers have come through it
    UNIQUE (corpid, config_id)
);
CREATE INDEX customer_way_app ON customer_way (corpid, app, created_at, no);

-- customer_message is what was said between a member and a customer.
CREATE TABLE customer_message (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    customer BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    member   BIGINT NOT NULL,
    author   @text NOT NULL, -- customer, member or welcome
    content  TEXT NOT NULL,  -- JSON
    at       BIGINT NOT NULL -- Unix milliseconds
);
CREATE INDEX customer_message_by ON customer_message (corpid, member, at);
CREATE INDEX customer_message_of ON customer_message (corpid, customer, no);

-- customer_size serialises what counts the corp's tags and contact ways.
CREATE TABLE customer_size (
    corpid @text NOT NULL PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    ways   BIGINT NOT NULL -- how many there are
);

-- customer_left is a member who has left and whose customers wait for another.
CREATE TABLE customer_left (
    member  BIGINT NOT NULL PRIMARY KEY, -- our number
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userid  @text NOT NULL,
    left_at BIGINT NOT NULL -- Unix seconds
);
CREATE INDEX customer_left_corp ON customer_left (corpid, left_at, member);

-- customer_transfer is a customer who is handed from one member to another.
CREATE TABLE customer_transfer (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    customer   BIGINT NOT NULL REFERENCES customer (no) ON DELETE CASCADE,
    kind       BIGINT NOT NULL, -- the customer's
    handover   BIGINT NOT NULL, -- members, our numbers
    takeover   BIGINT NOT NULL,
    resigned   BIGINT NOT NULL, -- the first has left
    status     BIGINT NOT NULL, -- 1 done, 2 waiting, 3 the customer has refused, 4 the taker has too many
    message    TEXT NOT NULL,   -- for the customer, once it is done
    created_at BIGINT NOT NULL, -- Unix seconds
    due        BIGINT NOT NULL  -- Unix seconds: when it is done, or was
);
CREATE INDEX customer_transfer_pair ON customer_transfer (corpid, handover, takeover, no);
CREATE INDEX customer_transfer_customer ON customer_transfer (corpid, customer);
CREATE INDEX customer_transfer_due ON customer_transfer (due) WHERE status = 2;

-- customer_day counts what a member's day with customers brought.
CREATE TABLE customer_day (
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    member   BIGINT NOT NULL, -- our number
    day      BIGINT NOT NULL, -- Unix seconds of its beginning in China
    applied  BIGINT NOT NULL, -- customers whom the member asked
    added    BIGINT NOT NULL, -- new customers
    removals BIGINT NOT NULL, -- customers who have removed the member
    PRIMARY KEY (corpid, member, day)
) @rowless;
