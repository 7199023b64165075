-- +goose Up

-- gate_site is a host behind a reverse proxy that asks us who is there.
CREATE TABLE gate_site (
    host       @text PRIMARY KEY, -- lower case, with a port that is not the scheme's own
    origin     TEXT NOT NULL,     -- scheme and host, as browsers write it
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    -- whose visible range may enter; NULL is the whole corp. With the application
    -- the site goes, too: without it, it would be open to more than it was.
    app        BIGINT REFERENCES app (no) ON DELETE CASCADE,
    created_at BIGINT NOT NULL    -- Unix milliseconds, like all times here
) @rowless;
CREATE INDEX gate_site_corp ON gate_site (corpid);
CREATE INDEX gate_site_app ON gate_site (app);

-- gate_ticket is a single-use ticket on its way from our host to the site's.
CREATE TABLE gate_ticket (
    mac        @bytes PRIMARY KEY,
    site       @text NOT NULL REFERENCES gate_site (host) ON DELETE CASCADE,
    session    @bytes NOT NULL REFERENCES login_session (mac) ON DELETE CASCADE,
    browser    @bytes NOT NULL, -- digest of what the browser holds that has asked
    next       TEXT NOT NULL,   -- path on the site
    expires_at BIGINT NOT NULL
) @rowless;
CREATE INDEX gate_ticket_site ON gate_ticket (site);
CREATE INDEX gate_ticket_session ON gate_ticket (session);
CREATE INDEX gate_ticket_expiry ON gate_ticket (expires_at);

-- gate_pass is a browser that was let in at a site. It is good for that site and
-- as long as the session.
CREATE TABLE gate_pass (
    mac        @bytes PRIMARY KEY,
    site       @text NOT NULL REFERENCES gate_site (host) ON DELETE CASCADE,
    session    @bytes NOT NULL REFERENCES login_session (mac) ON DELETE CASCADE,
    created_at BIGINT NOT NULL
) @rowless;
CREATE INDEX gate_pass_site ON gate_pass (site);
CREATE INDEX gate_pass_session ON gate_pass (session);
