-- +goose Up

-- calendar is a calendar (日历): of an application, or of a member if app is 0.
CREATE TABLE calendar (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    cal_id     @text NOT NULL,
    app        BIGINT NOT NULL,         -- our number; 0 for a member's own
    owner      @text NOT NULL DEFAULT '', -- userid of that member
    owner_key  @text NOT NULL DEFAULT '', -- in lower case
    body       TEXT NOT NULL,           -- JSON: title, colour, description, departments of the public range
    public     SMALLINT NOT NULL DEFAULT 0,
    corp_wide  SMALLINT NOT NULL DEFAULT 0, -- 全员日历
    chosen     SMALLINT NOT NULL DEFAULT 0, -- 1 for the application's default
    sequence   BIGINT NOT NULL DEFAULT 0,   -- raised by each change of a schedule in it
    changed_at BIGINT NOT NULL,             -- Unix milliseconds
    deleted_at BIGINT NOT NULL DEFAULT 0    -- 0 while it exists
);
CREATE UNIQUE INDEX calendar_cal_id ON calendar (corpid, cal_id);
CREATE INDEX calendar_app ON calendar (corpid, app) WHERE app > 0 AND deleted_at = 0;
CREATE UNIQUE INDEX calendar_chosen ON calendar (corpid, app) WHERE chosen = 1 AND deleted_at = 0;
CREATE UNIQUE INDEX calendar_owner ON calendar (corpid, owner_key) WHERE owner_key <> '' AND deleted_at = 0;
CREATE INDEX calendar_public ON calendar (corpid) WHERE public = 1 AND deleted_at = 0;

-- calendar_person is a member with a calendar: one of those who see it, or one of the public range.
CREATE TABLE calendar_person (
    calendar   BIGINT NOT NULL REFERENCES calendar (no) ON DELETE CASCADE,
    corpid     @text NOT NULL,
    role       @text NOT NULL,   -- "share" or "public"
    userkey    @text NOT NULL,   -- userid in lower case
    userid     @text NOT NULL,
    permission BIGINT NOT NULL,  -- 1 sees all, 3 sees busy times only; 0 in the public range
    admin      SMALLINT NOT NULL DEFAULT 0,
    place      BIGINT NOT NULL,  -- order
    PRIMARY KEY (calendar, role, userkey)
) @rowless;
CREATE INDEX calendar_person_user ON calendar_person (corpid, userkey);

-- calendar_schedule is a schedule (日程). One that was cancelled stays, as the platform keeps it.
CREATE TABLE calendar_schedule (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    calendar    BIGINT NOT NULL REFERENCES calendar (no) ON DELETE CASCADE,
    schedule_id @text NOT NULL,
    app         BIGINT NOT NULL,        -- as in calendar
    creator     @text NOT NULL DEFAULT '', -- userid of the member who made it; empty for an application
    starts      BIGINT NOT NULL,        -- Unix seconds
    ends        BIGINT NOT NULL,
    last_ends   BIGINT NOT NULL,        -- when the last repetition ends
    body        TEXT NOT NULL,          -- JSON: the rest of what was set
    cancelled   SMALLINT NOT NULL DEFAULT 0,
    sequence    BIGINT NOT NULL,        -- the calendar's when it was last changed
    number      BIGINT NOT NULL,        -- the calendar's when it was made
    rooms       BIGINT NOT NULL DEFAULT 0, -- bookings of meeting rooms that depend on its time
    parent      BIGINT NOT NULL DEFAULT 0, -- the repeating schedule that it was split from for one day
    instead_of  BIGINT NOT NULL DEFAULT 0, -- the start of that day's repetition, Unix seconds
    name        @text NOT NULL DEFAULT '', -- of the CalDAV resource; empty for schedule_id.ics
    uid         @text NOT NULL DEFAULT '', -- of the iCalendar object; empty for schedule_id
    remind_at   BIGINT NOT NULL DEFAULT 0, -- Unix seconds; 0 for never
    created_at  BIGINT NOT NULL,           -- Unix milliseconds
    changed_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX calendar_schedule_id ON calendar_schedule (corpid, schedule_id);
CREATE INDEX calendar_schedule_calendar ON calendar_schedule (calendar, number);
CREATE INDEX calendar_schedule_sequence ON calendar_schedule (calendar, sequence);
CREATE INDEX calendar_schedule_remind ON calendar_schedule (remind_at) WHERE remind_at > 0;
CREATE INDEX calendar_schedule_parent ON calendar_schedule (parent) WHERE parent > 0;
CREATE INDEX calendar_schedule_name ON calendar_schedule (calendar, name) WHERE name <> '';

-- calendar_attendee is a member who takes part in a schedule.
CREATE TABLE calendar_attendee (
    schedule BIGINT NOT NULL REFERENCES calendar_schedule (no) ON DELETE CASCADE,
    corpid   @text NOT NULL,
    userkey  @text NOT NULL,
    userid   @text NOT NULL,
    answer   BIGINT NOT NULL DEFAULT 0, -- 0 none, 1 tentative, 2 accepted, 3 accepted once, 4 declined
    admin    SMALLINT NOT NULL DEFAULT 0,
    place    BIGINT NOT NULL,
    PRIMARY KEY (schedule, userkey)
) @rowless;
CREATE INDEX calendar_attendee_user ON calendar_attendee (corpid, userkey);

-- calendar_day counts what an application makes in a day.
CREATE TABLE calendar_day (
    corpid @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    app    BIGINT NOT NULL,
    day    @text NOT NULL, -- YYYY-MM-DD in China
    made   BIGINT NOT NULL,
    PRIMARY KEY (corpid, app, day)
) @rowless;
