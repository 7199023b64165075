package platform

import (
	"cmp"
	"context"
	"io/fs"
	"net/http"

	"qiwei/internal/acquisition"
	"qiwei/internal/admin"
	"qiwei/internal/aibot"
	"qiwei/internal/album"
	"qiwei/internal/app"
	"qiwei/internal/approval"
	"qiwei/internal/archive"
	"qiwei/internal/batch"
	"qiwei/internal/caldav"
	"qiwei/internal/calendar"
	"qiwei/internal/callback"
	"qiwei/internal/chat"
	"qiwei/internal/checkin"
	"qiwei/internal/checkup"
	"qiwei/internal/console"
	"qiwei/internal/contactrule"
	"qiwei/internal/control"
	"qiwei/internal/conversion"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/devmcp"
	"qiwei/internal/dial"
	"qiwei/internal/directory"
	"qiwei/internal/doctor"
	"qiwei/internal/door"
	"qiwei/internal/emergency"
	"qiwei/internal/event"
	"qiwei/internal/fault"
	"qiwei/internal/founding"
	"qiwei/internal/gate"
	"qiwei/internal/hardware"
	"qiwei/internal/hardware/direct"
	"qiwei/internal/health"
	"qiwei/internal/hr"
	"qiwei/internal/install"
	"qiwei/internal/intercept"
	"qiwei/internal/invoice"
	"qiwei/internal/job"
	"qiwei/internal/join"
	"qiwei/internal/journal"
	"qiwei/internal/kf"
	"qiwei/internal/ldap"
	"qiwei/internal/licence"
	"qiwei/internal/living"
	"qiwei/internal/login"
	"qiwei/internal/masssend"
	"qiwei/internal/mcp"
	"qiwei/internal/media"
	"qiwei/internal/meeting"
	"qiwei/internal/meetingroom"
	"qiwei/internal/message"
	"qiwei/internal/moment"
	"qiwei/internal/oauth"
	"qiwei/internal/oidc"
	"qiwei/internal/outbound"
	"qiwei/internal/paytool"
	"qiwei/internal/phone"
	"qiwei/internal/register"
	"qiwei/internal/rescue"
	"qiwei/internal/scim"
	"qiwei/internal/seal"
	"qiwei/internal/security"
	"qiwei/internal/sensitive"
	"qiwei/internal/smartsheet"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/internal/strategy"
	"qiwei/internal/suite"
	"qiwei/internal/todo"
	"qiwei/internal/token"
	"qiwei/internal/translation"
	"qiwei/internal/trend"
	"qiwei/internal/wechat"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// families returns the rooms of API families. A new family is a line here; its calls, pages, scripts, tables
// and background work follow from its methods.
func (s *Server) families(box *seal.Box) []any {
	return []any{
		s.Suites, s.Licences, s.Paytool, s.Register, s.Install, s.Founding,
		s.doctor,
		s.Strategies, s.Sensitive, s.Chats, s.Archive, s.Customers, s.Moments, s.Acquisition, s.Albums, s.Groups, s.Mass, s.KF, s.Hardware, s.Devices,
		wechat.New(wechat.Deps{
			Store: s.Store, Corps: s.Corps, Directory: s.Directory, Customers: s.Customers, Links: s.Acquisition, Groups: s.Groups, KF: s.KF, Login: s.Login, OAuth: s.OAuth, Archive: s.Archive, Box: box, Log: s.Log, BaseURL: s.URL, Dev: s.Dev,
		}),
		conversion.New(conversion.Deps{Apps: s.Apps, Suites: s.Suites, Customers: s.Customers, Groups: s.Groups, Service: s.KF, Box: box, Temporary: s.Meetings.Outsider, Limits: s.Limits}),
		translation.New(translation.Deps{
			Store: s.Store, Suites: s.Suites, Directory: s.Directory, Jobs: s.Jobs, Media: s.Media, Login: s.Login, Events: s.Events,
			Box: box, BaseURL: s.URL,
		}),
		emergency.New(emergency.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Log: s.Log}),
		s.Dial,
		s.Calendars, s.Meetings, s.MeetingRooms, s.Approvals, s.Journals,
		s.Documents, s.SmartSheets, s.Todos, s.Tools,
		s.Checkins,
		s.Livings, s.HR, s.Security, s.Invoices, s.ContactRules,
		s.Health,
		caldav.New(caldav.Deps{
			Store: s.Store, Corps: s.Corps, Directory: s.Directory, Calendars: s.Calendars, Login: s.Login, Box: box, Log: s.Log, BaseURL: s.URL, ClientIP: s.clientIP,
			Member: s.memberDoor(),
		}),
	}
}

// Migrations are those of all rooms.
func Migrations() []fs.FS {
	out := []fs.FS{
		migrations, event.Migrations, corp.Migrations, media.Migrations, job.Migrations, directory.Migrations, admin.Migrations, app.Migrations, token.Migrations, login.Migrations, oauth.Migrations,
		callback.Migrations, message.Migrations, batch.Migrations, aibot.Migrations, gate.Migrations, oidc.Migrations, ldap.Migrations, scim.Migrations, console.Migrations, trend.Migrations, phone.Migrations,
	}
	for _, room := range described().rooms {
		if r, ok := room.(interface{ Migrations() fs.FS }); ok {
			out = append(out, r.Migrations())
		}
	}
	return out
}

// views returns what a provider decides of an application.
func (s *Server) views(tx *store.Tx, a app.App) (app.Seen, error) {
	if s.Views != nil {
		return s.Views(tx, a)
	}
	return s.Suites.ViewOf(tx, a)
}

// build makes the rooms, each group on those before it: what a room needs is in its Deps by then. Where a lower room
// asks a higher one, it gets a function that looks only when it is called.
func (s *Server) build(box *seal.Box) {
	s.buildGround()
	s.buildEnterprises(box)
	s.buildProviders(box)
	s.buildSignIn(box)
	member := s.memberDoor()
	s.buildConversations(box, member)
	s.buildCustomers(box, member)
	s.buildOffice(box, member)
	s.buildDoors(box, member)
	s.rooms = s.families(box)
	s.buildPages(box, member)
}

// memberDoor is the door of the pages of members who are signed in.
func (s *Server) memberDoor() door.Door[login.Session] {
	return door.Door[login.Session]{Log: s.Log, SameOrigin: s.Login.SameOrigin, SignedIn: s.Login.SignedIn}
}

// buildGround makes what every room stands on.
func (s *Server) buildGround() {
	s.Work = work.New(work.Deps{Store: s.Store, Clock: s.Clock, Log: s.Log, Observe: s.metrics.observeWork, Tracer: s.Tracer, For: s.Callback.For})
	s.Outbound = outbound.New(s.metrics.observeOutbound)
	s.Trends = trend.New(trend.Deps{Store: s.Store, Clock: s.Clock, Open: s.Dev, For: s.Callback.For})
	s.rescue = rescue.Rescuer{Log: s.Log, Count: s.metrics.panicked}
	if s.Dev {
		s.faults = &fault.List{}
	}
}

// buildEnterprises makes the directory of an enterprise and what signs its applications in.
func (s *Server) buildEnterprises(box *seal.Box) {
	s.Corps = corp.New()
	s.Media = media.New(media.Deps{
		Store: s.Store, Events: s.Events, Bucket: s.Blobs, Log: s.Log, Work: s.Work, BaseURL: s.URL, Limits: s.Limits, Outbound: s.Outbound, MemberQuota: s.MemberQuota,
		FetchFrom: outbound.Policy{Private: s.Dev, Allowed: s.FetchFrom},
	})
	s.Directory = directory.New(directory.Deps{
		Corps: s.Corps, Media: s.Media, Events: s.Events, Box: box, BaseURL: s.URL, Limits: s.Limits,
	})
	s.Join = join.New(join.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Box: box, BaseURL: s.URL, ClientIP: s.clientIP})
	s.Admins = admin.New(admin.Deps{Corps: s.Corps, Directory: s.Directory})
	s.Sounds = sound.NewIndex(s.Directory)
	s.Apps = app.New(app.Deps{
		Corps: s.Corps, Media: s.Media, Directory: s.Directory, Events: s.Events, Box: box, BaseURL: s.URL, Limits: s.Limits, Views: s.views,
	})
	s.Tokens = token.New(token.Deps{
		Apps: s.Apps, Box: box, Dev: s.Dev, Life: s.TokenLife, Limits: s.Limits, Addresses: addresses,
		OwnCorp: func(tx *store.Tx, shown string) (string, error) { return s.Suites.OwnCorp(tx, shown) },
	})
}

// buildProviders makes the rooms of those who bring applications, and of what they sell.
func (s *Server) buildProviders(box *seal.Box) {
	s.Suites = suite.New(suite.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Admins: s.Admins, Apps: s.Apps, Tokens: s.Tokens, Sounds: s.Sounds, Events: s.Events, Box: box, Log: s.Log, Work: s.Work, Limits: s.Limits,
		Registered: func(tx *store.Tx, in suite.Installation) (*suite.RegisterCodeInfo, error) {
			return s.Register.Of(tx, in)
		},
		Editions: func(tx *store.Tx, in suite.Installation) (*suite.AgentEdition, error) {
			return s.Paytool.EditionOf(tx, in)
		},
	})
	s.Paytool = paytool.New(paytool.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Suites: s.Suites, Events: s.Events, Box: box, Log: s.Log, Work: s.Work, BaseURL: s.URL,
	})
	s.Register = register.New(register.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Suites: s.Suites, Events: s.Events, Box: box, Log: s.Log,
		Found: func(ctx context.Context, tx *store.Tx, c corp.Corp) (corp.Corp, error) {
			return s.CreateCorp(ctx, tx, c, nil)
		},
	})
	s.Licences = licence.New(licence.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Suites: s.Suites, Events: s.Events, Box: box, Log: s.Log, Work: s.Work,
	})
}

// buildSignIn makes what runs imports, and the ways in which people sign in and enterprises begin.
func (s *Server) buildSignIn(box *seal.Box) {
	s.Jobs = job.NewService(job.Deps{Store: s.Store, Box: box, Work: s.Work, Views: s.Apps.ViewOf})
	s.Batch = batch.New(batch.Deps{Store: s.Store, Directory: s.Directory, Jobs: s.Jobs, Box: box, Media: s.Media, BaseURL: s.URL})
	s.Login = login.New(login.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Tokens: s.Tokens, Box: box, Log: s.Log,
		BaseURL: s.URL, ClientIP: s.clientIP, Dev: s.Dev, Observe: s.observeSignIn,
	})
	s.Install = install.New(install.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Admins: s.Admins, Apps: s.Apps, Suites: s.Suites, Registers: s.Register, Login: s.Login, Box: box, Log: s.Log, BaseURL: s.URL,
	})
	s.Founding = founding.New(founding.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Admins: s.Admins, Login: s.Login, Box: box, Log: s.Log, BaseURL: s.URL, ClientIP: s.clientIP,
		Addresses: addresses, PrivateCallbacks: s.Callback.AllowPrivate,
		Found: func(ctx context.Context, tx *store.Tx, c corp.Corp) (corp.Corp, error) {
			return s.CreateCorp(ctx, tx, c, nil)
		},
	})
	s.OAuth = oauth.New(oauth.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Suites: s.Suites, Licences: s.Licences, Admins: s.Admins, Login: s.Login, Box: box, Log: s.Log,
		BaseURL: s.URL, ClientIP: s.clientIP, Dev: s.Dev,
	})
	s.OIDC = oidc.New(oidc.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log, Work: s.Work, Outbound: s.Outbound, BaseURL: s.URL,
	})
}

// buildConversations makes what is said: to applications, by them, and between people.
func (s *Server) buildConversations(box *seal.Box, member door.Door[login.Session]) {
	s.Callbacks = callback.New(callback.Deps{
		Settings: s.Callback, Store: s.Store, Clock: s.Clock, Apps: s.Apps, Suites: s.Suites, Events: s.Events, Box: box, Log: s.Log, Work: s.Work, Outbound: s.Outbound, Faults: s.faults, Observe: s.observeDelivery,
	})
	s.Messages = message.New(message.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Callbacks: s.Callbacks, Licences: s.Licences, Events: s.Events, Login: s.Login, Member: member,
		Media: s.Media, BaseURL: s.URL, Box: box, Log: s.Log, Work: s.Work, Limits: s.Limits,
	})
	s.Bots = aibot.New(aibot.Deps{
		Faults: s.faults,
		Store:  s.Store, Clock: s.Clock, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Callbacks: s.Callbacks, Events: s.Events, Messages: s.Messages,
		Login: s.Login, Member: member, Box: box, Log: s.Log, BaseURL: s.URL, ClientIP: s.clientIP, For: s.Callback.For, Limits: s.Limits, Rescue: s.rescue,
	})
	s.Chats = chat.New(chat.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Member: member, Log: s.Log, BaseURL: s.URL})
	s.Archive = archive.New(archive.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Chats: s.Chats, Messages: s.Messages, Events: s.Events, Work: s.Work, Box: box, Log: s.Log,
		Tokens: tokens{s}, ClientIP: s.clientIP, For: s.Callback.For, Limits: s.Limits, Outside: func() archive.Outside { return outside{s.Customers, s.Groups} },
		Outbound: s.Outbound, HookTo: outbound.Policy{Private: true},
	})
}

// buildCustomers makes the rooms of customers, who are met in conversations.
func (s *Server) buildCustomers(box *seal.Box, member door.Door[login.Session]) {
	s.Sensitive = sensitive.New(sensitive.Deps{Directory: s.Directory, Box: box})
	s.Strategies = strategy.New(strategy.Deps{Directory: s.Directory, Admins: s.Admins, Box: box})
	s.Customers = customer.New(customer.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Chats: s.Chats, Archive: s.Archive, Strategies: s.Strategies, Sensitive: s.Sensitive, Licences: s.Licences, Events: s.Events, Box: box, Log: s.Log, BaseURL: s.URL,
		Work: s.Work, Member: member, For: s.Callback.For,
	})
	s.Moments = moment.New(moment.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Jobs: s.Jobs, Customers: s.Customers, Box: box, Member: member, Log: s.Log,
	})
	s.Acquisition = acquisition.New(acquisition.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Suites: s.Suites, Customers: s.Customers, Events: s.Events, Box: box, Log: s.Log, BaseURL: s.URL,
		Work: s.Work, For: s.Callback.For,
	})
	s.Albums = album.New(album.Deps{Media: s.Media, Box: box})
	s.Groups = customergroup.New(customergroup.Deps{
		Directory: s.Directory, Customers: s.Customers, Sensitive: s.Sensitive, Media: s.Media, Chats: s.Chats, Events: s.Events, Box: box, Member: member, Log: s.Log, BaseURL: s.URL,
	})
	s.Mass = masssend.New(masssend.Deps{
		Directory: s.Directory, Customers: s.Customers, Groups: s.Groups, Box: box, Member: member, Log: s.Log, Work: s.Work, For: s.Callback.For,
	})
	s.KF = kf.New(kf.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Apps: s.Apps, Customers: s.Customers, Groups: s.Groups, Links: s.Acquisition, Suites: s.Suites, Events: s.Events, Box: box, Member: member, Log: s.Log, BaseURL: s.URL,
		Limits: s.Limits,
	})
}

// buildOffice makes the built-in applications. A meeting invites customers, and a check-in asks approvals and devices.
func (s *Server) buildOffice(box *seal.Box, member door.Door[login.Session]) {
	s.ContactRules = contactrule.New(contactrule.Deps{Directory: s.Directory})
	s.Calendars = calendar.New(calendar.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Rules: s.ContactRules, Apps: s.Apps, Messages: s.Messages, Events: s.Events, Member: member, Log: s.Log, Work: s.Work, For: s.Callback.For,
	})
	s.Todos = todo.New(todo.Deps{Store: s.Store, Directory: s.Directory, Rules: s.ContactRules, Messages: s.Messages, Member: member, Log: s.Log, Work: s.Work, For: s.Callback.For})
	s.Meetings = meeting.New(meeting.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Rules: s.ContactRules, Apps: s.Apps, Customers: s.Customers, Calendars: s.Calendars, Messages: s.Messages, Events: s.Events, Member: member, Box: box, Log: s.Log, BaseURL: s.URL,
	})
	s.MeetingRooms = meetingroom.New(meetingroom.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Calendars: s.Calendars, Meetings: s.Meetings, Messages: s.Messages, Events: s.Events, Member: member, Log: s.Log, Work: s.Work, For: s.Callback.For,
	})
	s.Hardware = hardware.New(hardware.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Suites: s.Suites, Media: s.Media, Callbacks: s.Callbacks, Events: s.Events, Box: box, Log: s.Log,
		Work: s.Work, Outbound: s.Outbound, FetchFrom: outbound.Policy{Private: s.Dev, Allowed: s.FetchFrom}, BaseURL: s.URL, Limits: s.Limits,
	})
	s.Approvals = approval.New(approval.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Apps: s.Apps, Suites: s.Suites, Messages: s.Messages, Events: s.Events,
		Member: member, Box: box, Log: s.Log,
	})
	s.Checkins = checkin.New(checkin.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Approvals: s.Approvals, Hardware: s.Hardware, Member: member, Log: s.Log,
	})
	s.Security = security.New(security.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Customers: s.Customers, Jobs: s.Jobs, Login: s.Login, Events: s.Events, Box: box, Log: s.Log,
		BaseURL: s.URL, Addresses: addresses, AdminActs: adminActs,
	})
	s.Invoices = invoice.New(invoice.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Log: s.Log, BaseURL: s.URL})
	s.Dial = dial.New(dial.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Log: s.Log})
	s.Health = health.New(health.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Log: s.Log, Member: member})
	s.HR = hr.New(hr.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Log: s.Log})
	s.Livings = living.New(living.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Apps: s.Apps, Customers: s.Customers, Messages: s.Messages, Events: s.Events,
		Box: box, Log: s.Log, Work: s.Work, BaseURL: s.URL, Dev: s.Dev, For: s.Callback.For,
	})
	s.Journals = journal.New(journal.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Messages: s.Messages, Member: member, Box: box, Log: s.Log, BaseURL: s.URL})
	s.Documents = wedoc.New(wedoc.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Media: s.Media, Events: s.Events, Box: box, Member: member, Log: s.Log, BaseURL: s.URL,
	})
	s.SmartSheets = smartsheet.New(smartsheet.Deps{Store: s.Store, Docs: s.Documents, Directory: s.Directory, Apps: s.Apps, Events: s.Events, Member: member, Box: box, Log: s.Log, BaseURL: s.URL, Limits: s.Limits})
}

// buildDoors makes the ways in for programs that speak other protocols, and for tools.
func (s *Server) buildDoors(box *seal.Box, member door.Door[login.Session]) {
	s.Devices = direct.New(direct.Deps{
		Store: s.Store, Clock: s.Clock, Hardware: s.Hardware, Log: s.Log, Rescue: s.rescue, ClientIP: s.clientIP, Limits: s.Limits,
	})
	s.Scripts = intercept.NewScripts(intercept.ScriptDeps{Store: s.Store, Corps: s.Corps, Apps: s.Apps, Tokens: s.Tokens, Log: s.Log})
	s.Gate = gate.New(gate.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log,
		BaseURL: s.URL, Trusted: s.fromProxy,
	})
	s.LDAP = ldap.New(ldap.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log, Version: s.Version, Rescue: s.rescue,
	})
	s.SCIM = scim.New(scim.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Box: box, Log: s.Log, Work: s.Work, Outbound: s.Outbound, BaseURL: s.URL, For: s.Callback.For})
	if s.Dev {
		s.Control = control.New(control.Deps{
			Store: s.Store, Clock: s.Clock, Corps: s.Corps, BaseURL: s.URL, Version: s.Version, Faults: s.faults, Connections: s.Bots.Misbehave,
			Restored: func(tx *store.Tx) error {
				tx.AfterCommit(s.Sounds.Forget)
				tx.AfterCommit(s.Callbacks.Forget)
				return s.Apps.Renew(tx)
			},
		})
	}
	s.Tools = mcp.New(mcp.Deps{
		Store: s.Store, Clock: s.Clock, Bots: s.Bots, Directory: s.Directory, Rules: s.ContactRules, Media: s.Media, Chats: s.Chats, Calendars: s.Calendars, Documents: s.Documents,
		Sheets: s.SmartSheets, Todos: s.Todos, Meetings: s.Meetings, Member: member, Box: box, Log: s.Log, Version: s.Version, BaseURL: s.URL, ClientIP: s.clientIP,
		Observe: s.observe, Intervene: s.intervene(), Limits: s.Limits,
	})
	s.doctor = doctor.New(doctor.Deps{Outbound: s.Outbound, Options: outbound.Options{Policy: s.Callback.Policy(), CAs: s.Callback.CAs}, Log: s.Log, Within: s.Callback.VerifyTimeout})
}

// buildPages makes what administrators and members look at, which is on top of all rooms.
func (s *Server) buildPages(box *seal.Box, member door.Door[login.Session]) {
	s.Checkup = checkup.New(checkup.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Admins: s.Admins, Apps: s.Apps, Login: s.Login, Callbacks: s.Callbacks, Outbound: s.Outbound,
	})
	s.recorder = console.NewRecorder(s.InspectBytes, s.Dev)
	s.Console = console.New(console.Deps{
		Store: s.Store, Clock: s.Clock, Corps: s.Corps, Media: s.Media, Directory: s.Directory, Admins: s.Admins, Sounds: s.Sounds, Apps: s.Apps, Tokens: s.Tokens, Login: s.Login,
		Suites: s.Suites, Models: s.Hardware, Callbacks: s.Callbacks, Doctor: s.doctor, Messages: s.Messages, Checkins: s.Checkins, Events: s.Events, Box: box, Log: s.Log,
		Customers: s.Customers, Groups: s.Groups, Mass: s.Mass, Moments: s.Moments, Acquisition: s.Acquisition, Sensitive: s.Sensitive, Albums: s.Albums, Strategies: s.Strategies, KF: s.KF, Paytool: s.Paytool, Licences: s.Licences, Register: s.Register,
		Archive:   s.Archive,
		Trends:    s.Trends,
		Approvals: s.Approvals, Journals: s.Journals, Calendars: s.Calendars, Rooms: s.MeetingRooms,
		Livings: s.Livings, HR: s.HR, Security: s.Security, Invoices: s.Invoices, Health: s.Health, Dial: s.Dial, Todos: s.Todos,
		API: func() http.Handler { return s.API }, Endpoints: func() []wire.Endpoint { return s.API.Endpoints() }, Scripts: s.scripted,
		Tools: s.Tools, SmartSheets: s.SmartSheets,
		BaseURL: s.URL, ClientIP: s.clientIP, Recorder: s.recorder, Rescue: s.rescue, Dev: s.Dev, Version: s.Version, Checkup: s.CheckCorp, OIDC: s.OIDC, LDAP: s.LDAP, SCIM: s.SCIM, Gate: s.Gate, Bots: s.Bots,
	})
	if s.Dev {
		s.DevMCP = devmcp.New(devmcp.Deps{
			Store: s.Store, Clock: s.Clock, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Tokens: s.Tokens, Messages: s.Messages, Bots: s.Bots, Callbacks: s.Callbacks,
			Control: s.Control, Recorder: s.recorder, Log: s.Log, Endpoints: func() []wire.Endpoint { return s.API.Endpoints() }, Scripts: s.scripts, Serve: s, BaseURL: s.URL, Version: s.Version,
		})
	}
	s.Phone = phone.New(phone.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Member: member, Messages: s.Messages, Bots: s.Bots, Rules: s.ContactRules,
		Sources: func() []phone.Source {
			return []phone.Source{s.Chats.NewFollow(), s.Customers.NewWatch(), s.Groups.NewWatch(), s.Mass.NewWatch(), s.Moments.NewWatch(), s.KF.NewWatch()}
		},
		Counters: []phone.Counter{s.Messages, s.Bots, s.Chats, s.Customers, s.Groups, s.KF},
		Finders:  []phone.Finder{s.Messages, s.Bots, s.Chats, s.Customers, s.Groups},
		Log:      s.Log, BaseURL: s.URL, Sounds: s.Sounds, Dev: s.Dev, BeatEvery: cmp.Or(s.BeatEvery, phone.BeatEvery), Rescue: s.rescue,
	})
}

// adminActs reads the console's audit for the room below it.
func adminActs(tx *store.Tx, corpID string, q security.AdminQuery) ([]security.AdminAct, error) {
	lines, err := console.AdminLines(tx, corpID, q.From, q.To, q.UserID, q.After, q.Limit)
	out := make([]security.AdminAct, len(lines))
	for i, l := range lines {
		out[i] = security.AdminAct(l)
	}
	return out, err
}
