-- +goose Up

-- meeting_room is a meeting room (会议室).
CREATE TABLE meeting_room (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    room_id  BIGINT NOT NULL,             -- meetingroom_id, which a corp counts
    body     TEXT NOT NULL,               -- JSON: everything that is set
    city     @text NOT NULL DEFAULT '',
    building @text NOT NULL DEFAULT '',
    floor    @text NOT NULL DEFAULT '',
    booked   BIGINT NOT NULL DEFAULT 0,   -- raised by each booking, so that two do not pass each other
    deleted  SMALLINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX meeting_room_id ON meeting_room (corpid, room_id);

-- meeting_series is a booking for a schedule that repeats.
CREATE TABLE meeting_series (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    booking_id  @text NOT NULL,
    room        BIGINT NOT NULL REFERENCES meeting_room (no) ON DELETE CASCADE,
    app         BIGINT NOT NULL,          -- our number; 0 for a member
    booker      @text NOT NULL,           -- userid
    schedule_id @text NOT NULL,
    cancelled   SMALLINT NOT NULL DEFAULT 0,
    made_until  BIGINT NOT NULL           -- up to when its days are booked, Unix seconds; 0 for all
);
CREATE UNIQUE INDEX meeting_series_id ON meeting_series (corpid, booking_id);
CREATE INDEX meeting_series_until ON meeting_series (made_until) WHERE made_until > 0 AND cancelled = 0;

-- meeting_booking is a time for which a room is taken.
CREATE TABLE meeting_booking (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    booking_id  @text NOT NULL,
    room        BIGINT NOT NULL REFERENCES meeting_room (no) ON DELETE CASCADE,
    series      BIGINT NOT NULL DEFAULT 0,
    app         BIGINT NOT NULL,
    booker      @text NOT NULL,
    schedule_id @text NOT NULL,
    starts      BIGINT NOT NULL,          -- Unix seconds
    ends        BIGINT NOT NULL,
    status      BIGINT NOT NULL,          -- 0 booked, 1 cancelled, 2 asked for, 3 being approved
    checked_in  BIGINT NOT NULL DEFAULT 0 -- Unix seconds
);
CREATE UNIQUE INDEX meeting_booking_id ON meeting_booking (corpid, booking_id);
CREATE INDEX meeting_booking_room ON meeting_booking (room, starts) WHERE status <> 1;
CREATE INDEX meeting_booking_series ON meeting_booking (series) WHERE series > 0;
CREATE INDEX meeting_booking_schedule ON meeting_booking (corpid, schedule_id) WHERE status <> 1;

-- meeting_room_count is how many rooms a corp has ever had.
CREATE TABLE meeting_room_count (
    corpid @text PRIMARY KEY REFERENCES corp (corpid) ON DELETE CASCADE,
    last   BIGINT NOT NULL
) @rowless;
