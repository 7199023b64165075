-- +goose Up

-- login_ending is when a member's credentials last ended: a new password, a passkey
-- removed, the member disabled or deleted. It refers to no row of member, because it
-- outlives a deletion: servers that hold something open for the member look here.
CREATE TABLE login_ending (
    member BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,   -- Unix milliseconds; later ones are greater
    gone   SMALLINT NOT NULL  -- 1 once the member is deleted; such rows are swept
) @rowless;
CREATE INDEX login_ending_at ON login_ending (at);
CREATE INDEX login_ending_gone ON login_ending (gone, at);
