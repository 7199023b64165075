-- +goose Up

-- meeting is a reserved meeting (会议). One that was cancelled stays.
CREATE TABLE meeting (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meetingid   @text NOT NULL,
    code        @text NOT NULL,              -- the number by which people join, nine digits
    app         BIGINT NOT NULL,             -- our number of the one that made it; 0 for a member
    admin       @text NOT NULL,              -- userid of its administrator, kept when the member has left
    admin_key   @text NOT NULL,              -- in lower case
    department  BIGINT NOT NULL,             -- the administrator's main department
    starts      BIGINT NOT NULL,             -- of the first, Unix seconds
    length      BIGINT NOT NULL,             -- seconds
    last_ends   BIGINT NOT NULL,             -- when the last is over, Unix seconds
    body        TEXT NOT NULL,               -- JSON: the rest of what was set
    schedule_id @text NOT NULL DEFAULT '',   -- of the schedule in its people's calendars
    cancelled   SMALLINT NOT NULL DEFAULT 0,
    retired     SMALLINT NOT NULL DEFAULT 0, -- nobody can join again
    changes     BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL              -- Unix seconds
);
CREATE UNIQUE INDEX meeting_meetingid ON meeting (corpid, meetingid);
CREATE UNIQUE INDEX meeting_code ON meeting (code);
CREATE INDEX meeting_admin ON meeting (corpid, admin_key, no);
CREATE INDEX meeting_schedule ON meeting (corpid, schedule_id);
CREATE INDEX meeting_app ON meeting (corpid, app, no);

-- meeting_member is a member who is invited, is a host or is called at the beginning.
CREATE TABLE meeting_member (
    meeting BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    corpid  @text NOT NULL,
    userkey @text NOT NULL,                  -- userid in lower case
    userid  @text NOT NULL,
    place   BIGINT NOT NULL,
    invited SMALLINT NOT NULL DEFAULT 0,
    host    SMALLINT NOT NULL DEFAULT 0,
    ring    SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (meeting, userkey)
);
CREATE INDEX meeting_member_user ON meeting_member (corpid, userkey, meeting);

-- meeting_session is a time that a meeting was held, from the first who came in to the last who left.
CREATE TABLE meeting_session (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting    BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    sub        BIGINT NOT NULL,              -- start of the repetition, Unix seconds; 0 for one that does not repeat
    starter    @text NOT NULL,               -- userid of who came first, or of the administrator where that was somebody outside
    started_at BIGINT NOT NULL,              -- Unix seconds
    ended_at   BIGINT NOT NULL DEFAULT 0     -- 0 while it is held
);
CREATE INDEX meeting_session_meeting ON meeting_session (meeting, no);
CREATE INDEX meeting_session_started ON meeting_session (corpid, started_at, no);

-- meeting_person is somebody who has come to a meeting, or has enrolled for it.
CREATE TABLE meeting_person (
    no         @serial,
    corpid     @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting    BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    who        @text NOT NULL,               -- userid in lower case, external_userid, or a name with a sign before it
    userid     @text NOT NULL DEFAULT '',
    external   @text NOT NULL DEFAULT '',    -- of a customer
    name       TEXT NOT NULL DEFAULT '',     -- of somebody who is neither
    nickname   TEXT NOT NULL DEFAULT '',     -- in the meeting
    tmp_openid @text NOT NULL,
    temporary  @text NOT NULL,               -- tmp_external_userid
    cohost     SMALLINT NOT NULL DEFAULT 0,
    banned     SMALLINT NOT NULL DEFAULT 0,
    passed     SMALLINT NOT NULL DEFAULT 0   -- was let in from the waiting room
);
CREATE UNIQUE INDEX meeting_person_who ON meeting_person (meeting, who);
CREATE UNIQUE INDEX meeting_person_openid ON meeting_person (tmp_openid);
CREATE INDEX meeting_person_temporary ON meeting_person (corpid, temporary);
CREATE INDEX meeting_person_user ON meeting_person (corpid, who);

-- meeting_visit is a stay of a person with one device, in the meeting or in its waiting room.
CREATE TABLE meeting_visit (
    no            @serial,
    corpid        @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting       BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    sub           BIGINT NOT NULL,           -- as of the session
    session       BIGINT NOT NULL DEFAULT 0, -- our number; 0 in the waiting room
    person        BIGINT NOT NULL REFERENCES meeting_person (no) ON DELETE CASCADE,
    instance      BIGINT NOT NULL,           -- the kind of device (doc 98157)
    waiting       SMALLINT NOT NULL,         -- in the waiting room
    joined_at     BIGINT NOT NULL,           -- Unix milliseconds
    left_at       BIGINT NOT NULL DEFAULT 0, -- Unix milliseconds; 0 while they are there
    audio         SMALLINT NOT NULL DEFAULT 0,
    video         SMALLINT NOT NULL DEFAULT 0,
    screen        SMALLINT NOT NULL DEFAULT 0,
    customer_data TEXT NOT NULL DEFAULT ''   -- of the link that they came by
);
CREATE INDEX meeting_visit_meeting ON meeting_visit (meeting, no);

-- meeting_enrolment is an enrolment (报名) for a meeting.
CREATE TABLE meeting_enrolment (
    no          @serial,
    corpid      @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    meeting     BIGINT NOT NULL REFERENCES meeting (no) ON DELETE CASCADE,
    enroll_id   @text NOT NULL,
    person      BIGINT NOT NULL DEFAULT 0,   -- our number; 0 for one of whom only the telephone is known
    area        @text NOT NULL DEFAULT '',
    phone       @text NOT NULL DEFAULT '',
    nickname    TEXT NOT NULL DEFAULT '',
    source      SMALLINT NOT NULL,           -- 1 by themselves, 2 imported
    status      SMALLINT NOT NULL,           -- 1 asked, 2 refused, 3 approved
    code        @text NOT NULL,              -- for who dials in
    answers     TEXT NOT NULL DEFAULT '[]',  -- JSON
    enrolled_at BIGINT NOT NULL              -- Unix seconds
);
CREATE UNIQUE INDEX meeting_enrolment_id ON meeting_enrolment (corpid, enroll_id);
CREATE INDEX meeting_enrolment_meeting ON meeting_enrolment (meeting, no);
