### English: the language that the others are translated from.
###
### One message a sentence. What is inserted are names, dates and numbers; a number that decides a form is chosen by
### with the plural categories of CLDR. CONTRIBUTING.md says how a message is added.

## What CLDR says of the language

-name = English
-weekdays = Mon, Tue, Wed, Thu, Fri, Sat, Sun
-months = Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec
-group = ,
-plural-one = i = 1 and v = 0

format-day = { $weekday } { $day } { $month }
format-day-year = { $weekday } { $day } { $month } { $year }
format-moment = { $date }, { $time } { $zone }
format-moment-open = { $date }, { $time }
format-moment-short = { $date } { $time } { $zone }
format-beside = { $local } ({ $utc })
span = { $from } to { $until }
span-until = until { $until }; Azure does not say from when
span-from = from { $from }; Azure does not say until when

length = { $unit ->
    [seconds] { $count ->
        [one] a second
       *[other] { $count } seconds
    }
    [hours] { $count ->
        [one] an hour
       *[other] { $count } hours
    }
   *[minutes] { $count ->
        [one] a minute
       *[other] { $count } minutes
    }
}

list-and = { $before } and { $last }
list-more = { $names } and { NUMBER($more) } more

## Counted things

machines = { $count ->
    [one] { $count } machine
   *[other] { $count } machines
}
hosts = { $count ->
    [one] { $count } dedicated host
   *[other] { $count } dedicated hosts
}

## Whom it is about, and what happens to them. $does is restart, maybe or pause.

whom-again = { $count ->
    [one] it
   *[other] them
}
whom-yours = { NUMBER($count) } of your machines
will-be = { $does ->
    [pause] { $whom } will be paused for seconds
    [maybe] { $whom } may be restarted
   *[restart] { $whom } will be restarted
}
azure-between = { $does ->
    [pause] Azure pauses { $whom } for seconds any time between { $from } and { $until }.
    [maybe] Azure may restart { $whom } any time between { $from } and { $until }.
   *[restart] Azure restarts { $whom } any time between { $from } and { $until }.
}
azure-until = { $does ->
    [pause] Azure pauses { $whom } for seconds any time from now until { $until }.
    [maybe] Azure may restart { $whom } any time from now until { $until }.
   *[restart] Azure restarts { $whom } any time from now until { $until }.
}
azure-by = { $does ->
    [pause] Azure pauses { $whom } for seconds by { $until } at the latest.
    [maybe] Azure may restart { $whom } by { $until } at the latest.
   *[restart] Azure restarts { $whom } by { $until } at the latest.
}
azure-from = { $does ->
    [pause] Azure pauses { $whom } for seconds any time from { $from }; it has not said until when.
    [maybe] Azure may restart { $whom } any time from { $from }; it has not said until when.
   *[restart] Azure restarts { $whom } any time from { $from }; it has not said until when.
}
azure-undated = { $does ->
    [pause] Azure pauses { $whom } for seconds; it has not said when.
    [maybe] Azure may restart { $whom }; it has not said when.
   *[restart] Azure restarts { $whom }; it has not said when.
}
if-you-do-nothing = If you do nothing, { $what }

## Subjects

subject-act = Act by { $until }: { $what }
subject-act-open = Choose a time: { $what }
subject-noted = { $subject } ({ $note })
subject-note = { $note ->
    [rescheduled] new dates
    [failed] start failed
    [unknown] not known how the start ended
    [called-off] start cancelled
    [not-begun] start did not begin
    [handed-over] hand-over not yet accepted
    [handed-back] still yours
    [escalated] nobody has responded
    [refused] no start accepted now
    [unsaid] not said whether it can be started
    [disabled] subscription disabled
   *[reminder] reminder
}
subject-diverted = [for { $recipient }] { $subject }
subject-as-of = As of { $read }: { $subject }
subject-planned = Starts { $at }: maintenance of { $whom }
subject-no-action = No action needed: { $what }
subject-no-action-from = No action needed: { $what } from { $day }
subject-no-action-by = No action needed: { $what } by { $day }
subject-failed = Start failed: { $whom }
subject-imminent = Within minutes: { $what }
subject-imminent-from = Within minutes, not before { $at }: { $what }
subject-notice = Announced by Azure: { $what }
subject-notice-from = Not before { $at }: { $what }
subject-unconfirmed = Reported by an event, not yet confirmed by Azure: { $what }
subject-passed = Date passed, nothing known: maintenance of { $whom }
subject-elsewhere = No action needed yet: Azure announced maintenance of { $whom }
subject-started = Under way: maintenance of { $whom }
subject-not-known = Please check: nobody knows what became of the start of { $whom }
subject-done = Done: maintenance of { $whom }
subject-cancelled = No action needed: maintenance of { $whom } is cancelled
subject-gone = No action needed: maintenance of { $whom } is no longer planned
subject-over = No action needed: maintenance of { $whom } is over
subject-reassigned = No action needed: { $whom } no longer with you
subject-skipped = Start failed: Azure skips { $whom } and will plan new dates
subject-asked = { $by } asks you to take over { $whom }
subject-several = No action needed: news of { $whom }
subject-open = Still open: { $machines }
subject-open-by = Still open: { $machines }, next deadline { $day }
subject-unread = Azure not read since { $since }
subject-empty = Azure maintenance: nothing is planned

## First sentences

as-of-sentence = This was read on { $read } and may have changed.
choose-by = Choose a time for { $whom } by { $until }.
choose-open = Choose a time for { $whom }; Azure has not said until when.
choose-later = Choose a time for { $whom } by { $until }; the earliest is { $from }.
choose-later-open = Choose a time for { $whom } from { $from }; Azure has not said until when.
choose-first = Choose a time for { $whom }, the first by { $until }.
choose-first-open = Choose a time for { $whom }.
choose-portal-by = Start the maintenance of { $whom } in Azure’s portal by { $until }.
azure-each = If you do nothing, Azure restarts each of them any time in its own window.
nothing-to-do = You need not do anything.
nothing-left = Nothing is left to do.
rest-below = { $count ->
    [one] News of { $count } more machine follows below.
   *[other] News of { $count } more machines follows below.
}
lead-rescheduled = Azure moved the dates for { $whom }.
lead-failed = The start of { $whom } failed.
lead-failed-unknown = It is not known how the start of { $whom } ended.
lead-called-off = The planned start of { $whom } was cancelled.
lead-not-begun = The planned start of { $whom } did not begin.
lead-handed-over = { $by } asked { $to } to take over { $whom }. Until they accept, you stay responsible; to take it back, hand it over to somebody else and tell the operators of this service.
lead-handed-over-by-somebody = Somebody was asked to take over { $whom }. Until they accept, you stay responsible; to take it back, hand it over to somebody else and tell the operators of this service.
lead-handed-back = Whom you asked did not take over { $whom }: you stay responsible.
lead-escalated = Nobody has chosen a time for { $whom } yet.
lead-disabled = The subscription of { $whom } is disabled: nothing can be started there until it is enabled again.
lead-refused = Azure accepts no start of { $whom } at the moment, although self-service is not over. When it does, we tell you.
lead-unsaid = By its dates self-service is open, but Azure does not say whether it accepts a start of { $whom }. When it does, we tell you.
lead-switched-off = The operators of this service have switched off starts of { $whom }; Azure’s portal still has them.
lead-closed = Time to choose is over for { $whom }.
lead-asked = Accept or decline; until you accept, { $by } stays responsible for { $whom }.
lead-imminent = { $does ->
    [pause] Azure pauses { $whom } within minutes.
   *[restart] Azure restarts { $whom } within minutes.
}
lead-imminent-from = { $does ->
    [pause] Azure pauses { $whom } within minutes, not before { $at }.
   *[restart] Azure restarts { $whom } within minutes, not before { $at }.
}
lead-imminent-end = Nothing can be chosen any more.
lead-notice = { $does ->
    [pause] Azure will pause { $whom }.
   *[restart] Azure will restart { $whom }.
}
lead-notice-from = { $does ->
    [pause] Azure will pause { $whom }, not before { $at }.
   *[restart] Azure will restart { $whom }, not before { $at }.
}
lead-unconfirmed = Reported by an event, not yet confirmed by Azure: { $what }.
lead-unconfirmed-from = Reported by an event, not yet confirmed by Azure: { $what }, not before { $at }.
lead-unconfirmed-end = You need not do anything; if Azure confirms it, we tell you.
lead-elsewhere = { $count ->
    [one] Azure announced maintenance of { $whom }{ $when }{ $under }, but the machine itself has shown no dates for a day.
   *[other] Azure announced maintenance of { $whom }{ $when }{ $under }, but the machines themselves have shown no dates for a day.
}
elsewhere-between = { " " }between { $from } and { $until }
elsewhere-until = { " " }until { $until }
elsewhere-under = { " " }under { $numbers }
lead-elsewhere-end = You need not do anything yet: dates that appear are sent to you. A machine that was stopped, moved or redeployed lately may not need it any more.
lead-started = Maintenance of { $whom } is under way.
lead-not-known = A day has passed, and Azure has not said what became of the start of { $whom }. Check it; nothing else of its group is started until Azure says how this one ended.
lead-done = Maintenance of { $whom } is done.
lead-took = It took { $length }.
lead-cancelled = Azure cancelled the maintenance of { $whom }.
lead-deleted = { $count ->
    [one] { $whom } no longer exists.
   *[other] { $whom } no longer exist.
}
lead-moved = { $count ->
    [one] { $whom } moved to another host (after a stop, a resize or a redeploy) and no longer needs the maintenance.
   *[other] { $whom } moved to another host (after a stop, a resize or a redeploy) and no longer need the maintenance.
}
lead-replaced = Azure planned the maintenance of { $whom } anew, and never said what became of the earlier plan. That one is closed.
lead-unlisted = Azure no longer lists maintenance of { $whom } and does not say why.
lead-over = Maintenance of { $whom } is over.
lead-with-others = { $owners } will be told about { $whom } from now on, instead of you.
lead-silenced = The configuration silences messages about { $whom } (“{ $reason }”).
lead-silenced-until = The configuration silences messages about { $whom } until { $until } (“{ $reason }”).
lead-not-yours = You are no longer responsible for { $whom }.
lead-skipped = The start of { $whom } failed. Azure leaves it out of this window and plans new dates; we will send them to you.
lead-passed = The last date for { $whom } has passed, and Azure has not said what became of it.
lead-passed-on = The last date for { $whom } passed on { $at }, and Azure has not said what became of it.
lead-passed-end = Check whether it restarted since; when Azure says how it ended, we tell you.
lead-planned = The start of { $whom } is planned for { $at }.
lead-planned-by = { $by } planned the start of { $whom } for { $at }.
lead-planned-end = It begins by itself after a last check; until then anyone who objects can cancel it.
lead-again = This is a new plan: an earlier one has already ended.
lead-again-some = { $count ->
    [one] For { $count } of them this is a new plan: an earlier one has already ended.
   *[other] For { $count } of them this is a new plan: an earlier one has already ended.
}
lead-open = { $count ->
    [one] { $count } machine still has planned maintenance.
   *[other] { $count } machines still have planned maintenance.
}
lead-open-by = { $count ->
    [one] { $count } machine still has planned maintenance, with a deadline on { $until }.
   *[other] { $count } machines still have planned maintenance; the nearest deadline is { $until }.
}
lead-open-end = Nothing has changed since our last message.
lead-unread = Azure could not be read since { $since }, so it is not known what changed.
lead-empty = No maintenance of your machines is planned at the moment.
lead-mixed-notes = You are told once, and need not do anything.
lead-ended-starts = You are told because it was started on the command line, where nobody may wait for the end.
lead-notes = After that, messages about these machines come again. You are told once, and need not do anything.
lead-alerts = { $count ->
    [one] The notifier has a problem that it cannot solve by itself. You are told once.
   *[other] The notifier has { $count } problems that it cannot solve by itself. You are told once.
}

## News in one or two words

label = { $stage ->
    [yours] Yours to choose
    [leave] Leave to Azure
    [asked] Take over?
    [disabled] Subscription disabled
    [refused] No start now
    [unsaid] Start not said
    [switched-off] Not from here
    [announced] New
    [rescheduled] New dates
    [self-service-open] Open now
    [reminder] Reminder
    [escalated] No response
    [self-service-closed] Time to choose is over
    [scheduled-soon] Coming soon
    [scheduled-open] Azure’s turn
    [passed] Date passed
    [announced-elsewhere] Not on the machine
    [imminent] Within minutes
    [notice] Azure’s date
    [unconfirmed] Not confirmed
    [planned] Planned start
    [called-off] Start cancelled
    [started] Under way
    [completed] Done
    [skipped] Skipped
    [failed] Start failed
    [cancelled] Cancelled
    [no-longer-planned] No longer planned
    [reassigned] No longer yours
    [handed-over] Handed over
   *[handed-back] Still yours
}
label-both = { $first } · { $second }

## Dates and effects of a group

row-choose = Choose a time
row-azure = Azure’s window
row-self-service = Self-service
row-azure-was = Azure’s window was
row-starts = Starts
row-not-before = Not before
row-effect = What happens
row-until = until { $until }
row-none = none any more
row-before = before: { $before }
row-before-none = before: none
impact = { $impact ->
    [freeze] Pause of a few seconds
    [reboot] Restart
    [redeploy] Restart on another host; the temporary disk is lost
   *[unknown] Impact not stated by Azure
}
impact-other = Azure calls the impact “{ $word }”
effect-lasting = { $impact }; usually about { $minutes } minutes
effect-expected = { $impact }; Azure expects { $length }
effect-start = Restart on an updated host, usually about { $minutes } minutes; the temporary disk is lost
place-all = All in { $place }
place-tenant = { $subscription } in the tenant { $tenant }
place-zone = zone { $zone }
place-zones = zones { $zones }
last-read = Last read on { $read }: this is how it stood then; what changed since is not known.
azure-code = Azure says “{ $code }”
azure-says = Azure says: “{ $message }”
azure-said-last = Azure says of the last start: “{ $message }”
heading-machine = Machine
heading-group = Resource group
heading-know = What to know
more-machines = and { NUMBER($more) } more
more-in-file = and { NUMBER($more) } more in { $file }
why-you = Why you: { $why }
why-for = { $why } ({ $machines })
why-more = and { NUMBER($more) } more reasons
not-both = Not both at once:
others-told = Also told: { $names }.
others-first = { $name } (named first)
others-you-first = You are named first.

## Around it

kind-alert = Azure maintenance
kind-digest = Azure maintenance · digest
kind-summary = Azure maintenance · summary
kind-operator = Azure maintenance · for operators
kind-coverage = Azure maintenance · weekly report
kind-go-live = Azure maintenance · first look
kind-drill = Azure maintenance · exercise
button-choose = Choose a time
button-answer = Answer
button-take-over = Take over or decline
button-details = See details
button-portal = Open in Azure’s portal
button-genuine = Is this genuine?
detail-button = The button leads to a page where you start it now or at a time of your choice, acknowledge it, or hand it over. Opening it starts nothing.
detail-answer = The button leads to a page where you acknowledge it, ask to be reminded, or hand it over.
detail-command = Prefer the command line? This starts { $name } at once:
diverted = This message was meant for { $recipient }. It comes to you because the notifier is in its pilot phase.
missed = An earlier message, sent on { $at }, may not have reached you. Whatever is open stands in this one.
introduction = This is your first message from your organisation’s maintenance notifier, which tells those who run machines of maintenance that Azure plans.
introduction-why = Not yours? Correct the tag named above, or reply.
introduction-channel = This channel is told about planned Azure maintenance from now on.
mute = Mute these machines
digests-off = Turn off digests
digests-off-what = Reminders and last calls still come.
footer-as-of = As of { $moment }. Times are in { $zone }.
footer-sent = Sent by { $sender }.
footer-replies = Replies go to { $address }.
footer-safe = It asks for no password, and opening it or its links starts nothing.
footer-genuine = How to tell that this message is genuine
calendar-note = A calendar entry comes with this mail; it is shown as free, and needs no answer.
calendar-to-organizer = No calendar entry comes with this mail: it goes to the address that it comes from, and calendars take no invitation from oneself. Have another address send, or own the machines.
all-in-file = The attached { $file } lists all { $machines }.
mail-short = Your mail server took no larger message, so this one is shortened.
mail-bare = Your mail server took no larger message, so this one is shortened and comes without its attachments.
groups-hidden = { $count ->
    [one] { $count } more group with { $machines } is not shown here.
   *[other] { $count } more groups with { $machines } are not shown here.
}
and-more = And { NUMBER($more) } more.
and-more-by-command = And { NUMBER($more) } more, which this message does not name: the command “{ $command }” lists all machines without an owner.
and-more-in-file = And { NUMBER($more) } more: the attached { $file } lists all { NUMBER($count) }.
and-more-alerts = And { NUMBER($more) } more to look at.
unchanged = { $count ->
    [one] { $count } further machine is unchanged since our last message.
   *[other] { $count } further machines are unchanged since our last message.
}
unchanged-by = { $count ->
    [one] { $count } further machine is unchanged since our last message; its deadline is { $until }.
   *[other] { $count } further machines are unchanged since our last message; the nearest deadline is { $until }.
}
unchanged-unread = { $count ->
    [one] { $count } further machine is open; it could not be read since { $since }, so it is not known what changed.
   *[other] { $count } further machines are open; not all could be read since { $since }, so it is not known what changed.
}
unchanged-unread-by = { $count ->
    [one] { $count } further machine is open; it could not be read since { $since }, so it is not known what changed; the deadline known is { $until }.
   *[other] { $count } further machines are open; not all could be read since { $since }, so it is not known what changed; the nearest deadline known is { $until }.
}
heading-operator = For you as operator
heading-mutes = Mutes that end soon
alert-line = { $title }.
csv-more = … and { NUMBER($more) } more, for which this mail has no room

## Why somebody is told

level = { $level ->
    [resource] the resource itself
    [scale-set] its scale set
    [resource-group] its resource group
   *[subscription] its subscription
}
reason-tag = The tag { $tag } on { $level } names you (“{ $value }”).
reason-manager = The tag { $tag } on { $level } names { $of }, whose account is disabled, and you are their manager.
reason-member = The tag { $tag } on { $level } names the group { $group }, of which you are a member.
reason-role = No tag and no route names an owner, and you have the role { $role } on { $scope }.
reason-route = Route { $number } of the configuration matches ({ $matches }).
reason-fallback = No owner was found, and you are the fallback.
reason-fallback-tried = No owner was found ({ $tried }), and you are the fallback.
reason-accepted = { $by } handed it over to you, and you accepted.
reason-asked = { $by } asks you to take it over. Until you accept, { $by } stays responsible.
reason-declined = { $by } said that it is not theirs, nobody else is named, and you are the fallback.
reason-escalated = { $from } is responsible. Escalated to you because nobody responded { $before } before the time to choose ends.
reason-undeliverable = { $instead } is responsible but could not be reached at { $endpoint } ({ $error }).
lead-time = { $unit ->
    [days] { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
    [hours] { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
   *[minutes] { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
}

## Why not to start it yourself

advice-no-self-service = Only Azure can start this one.
advice-set = In the availability set { $set }: Azure takes one update domain at a time and waits another 30 minutes between them. Better leave it to Azure.
advice-deallocated = Deallocated, so on no host. Starting the machine again may already end the maintenance.
advice-stopped = Stopped: Azure refuses a start until the machine runs.
advice-auto-shutdown = Shut down by a schedule, which can undo a maintenance you started and interrupt it twice. Better leave it to Azure.
advice-ephemeral = Its operating system disk lives on the host: starting the maintenance yourself wipes it.
advice-unknown-disk = Nobody could read where its operating system disk lives: if on the host, starting the maintenance yourself wipes it.
advice-kubernetes = Node of a Kubernetes service: drain it there instead of starting the maintenance here.
advice-tenant = In the tenant { $tenant }, where nothing is started from here: start it in Azure’s portal, signed in there.
advice-service-fabric = Node of Service Fabric, for which Azure offers no self-service.

## Owners who cannot be told

refused-domain = The tag { $tag } on { $level } names { $address }, which is outside the allowed domains. Correct the tag, or add the domain to owners.allowed_domains.
refused-disabled = The tag { $tag } on { $level } names “{ $value }”, whose account is disabled, and no manager of theirs can be told. Name somebody else in the tag.
refused-mailbox = The tag { $tag } on { $level } names “{ $value }”, for whom the directory knows no mailbox. Name somebody who reads mail, or a recipient of the configuration.
refused-several = The tag { $tag } on { $level } says “{ $value }”, and several in the directory are called that. Write an address.
refused-template = The tag { $tag } on { $level } says “{ $value }”, a template that nobody filled in. Correct the tag, and whatever writes it.
refused-unknown = The tag { $tag } on { $level } says “{ $value }”, which is neither an address nor a recipient of the configuration. Correct the tag, or name such a recipient.

## What a start loses

loses-os-disk = It wipes the operating system disk, which lives on the host: everything on that disk is lost.
loses-perhaps = It may wipe the operating system disk: nobody could read whether that lives on the host.
loses-agreed = { $by } agreed to that.
loses-not-agreed = Nobody has agreed to that, so it will not begin.
loses-of = Data is lost: the start wipes, or may wipe, the operating system disk of { $names }.
loses-not-agreed-of = Nobody has agreed to that for { $names }: it will not begin.

## What people did

acknowledged = Acknowledged by { $by }.
acknowledged-note = Acknowledged by { $by }: “{ $note }”.
acknowledged-change = Acknowledged by { $by } (change { $change }).
acknowledged-note-change = Acknowledged by { $by }: “{ $note }” (change { $change }).
snoozed = { $by } asked to be reminded on { $until }.
planned-by-hours = Planned by itself for { $at }, in the maintenance hours { $hours }.
planned-by = Planned by { $by } for { $at }.
waits = It waits: { $why }.
started-by = Started by { $by } on { $at }.
phase-unanswered = It was sent, and Azure has not answered yet. It is not sent again.
phase-running-since = Azure works on it since { $at }.
phase-running = Azure works on it.
phase-recovering = Azure says that it is done; the machine does not show it yet.
phase-not-known = What became of it is not known since { $at }. Until Azure says it, the machine can be started again, or its window ends, nothing else of its group is started.
took = Azure worked on it from { $from } to { $until } ({ $length }).
less-than-a-minute = less than a minute
corrects-not-known = Correction: we said that what became of it was not known.
corrects-done = Correction: we said that it was done; Azure says that it was not.
corrects-failed = Correction: we said that it had failed; Azure says that it is done.
start-of = Started by { $by } on { $at }: { $what }
ended-well = completed, and it runs again.
ended-unseen = completed, but the machine was not seen running and well within half an hour. Look at it.
ended-unconfirmed = Azure says that it is done; the machine does not show it yet. Look at it in Azure’s portal.
ended-retry-until = Azure could not do it then; it can be tried again until { $until }.
ended-retry-later = Azure could not do it then; it may be tried again once Azure accepts that, until { $until }.
ended-retry = Azure could not do it then; it may be tried again.
ended-skipped = Azure broke it off, leaves the machine out of its own window and plans new dates.
ended-forbidden = Azure does not let whoever asked start it ({ $code }). { $hint }
hint-portal = It can be started in Azure’s portal.
hint-policy = A policy of your organisation forbids it: ask whoever keeps it for an exemption, then start it again.
hint-lock = A lock on the machine or around it forbids it: remove it, start the machine, and put it back.
ended-refused = Azure refused it ({ $code }).
ended-not-begun-planned = The start that { $by } planned for { $at } did not begin: { $why }.
ended-not-begun = The start by { $by } on { $at } did not begin: { $why }.
ended-called-off = The start that { $by } planned for { $at } was cancelled. Nothing was done.
ended-never-received = Azure never received it. Nothing was done, and it may be started again.
ended-gone = the machine no longer exists.
ended-not-known = it is not known what became of it. { $now }
released-status = The machine’s own record lets it be started again, so it may be.
released-window = Its window is over.
released-operator = { $name } says that nothing runs any more.
ended-unknown = what became of it could not be found out within six hours. Look at it in Azure’s portal.

## What others were told

told-on = told on { $moments }
reminded-on = reminded on { $moments }
escalated-on = told that nobody had responded on { $moments }
was-told = { $name } was { $what }.
moment-and = { $first } and { $second }

## Hours that were named

scope-group = the resource group { $group }
scope-everything = everything of yours
scope-everything-theirs = everything of theirs
scope-this = this machine
hours-from = { $hours }: { $sources }
source-page = { $who } named them on { $day } for { $what }
source-for = { $by } for { $of }
source-tag = the tag { $tag } of the machine says so
source-configuration = the configuration gives them for { $of }

## Whether it starts by itself

next-planned = starts on { $at }, as planned
next-expected = starts by itself on { $at }, which is planned with the next look at Azure if nothing changes
next-not = does not start by itself: { $why }
it-sentence = It { $what }.
not-loses = a start loses data, and that is agreed to for each start by itself. { $loss }
not-left = it is better left to Azure. { $advice }
not-startable = its owner cannot start it any more, so Azure does it
not-hours = none of the hours lie in self-service, which lasts from { $from } to { $until }. Name hours within that, or start it at a time of your own
not-common = no moment in self-service suits all owners who named hours. Agree on hours with the others, or start it at a time of your own
not-notice = the last moment in these hours, { $at }, is less than a day away, and a start is announced a day ahead. Start it then yourself
not-crowded = other starts take all of the hours in self-service. Name more hours, or start it at a time of your own
not-handed-over = it was handed over, and that is not accepted yet

## What comes if nobody acts

coming-planned = If nobody objects, it is started { $at }.
coming-azure = If nobody acts, Azure does it any time between { $from } and { $until }; a restart usually takes about { $minutes } minutes.
coming-new-dates = Azure skips it in this window and will plan new dates.
coming-passed = The last date that Azure gave passed { $at }, and nothing is known of what became of it.
coming-unknown = Azure has not said when it does it by itself.
overlap = { $names } belong to the cluster “{ $cluster }”. Azure does not know that: if nobody acts, it may restart more than one of them at the same time between { $from } and { $until }. Start them one after the other before, so that one of them is always up.

## The summary, and the end of a wave

summary-subject-none = Maintenance this week: nothing is planned
summary-subject-answered = Maintenance this week: { $machines } to come, all answered for
summary-subject-silent = Maintenance this week: { $machines } to come, { NUMBER($silent) } without an answer
summary-none = No maintenance is planned at the moment
summary-answered = { $machines } to come, all answered for
summary-silent = { $machines } to come, { NUMBER($silent) } without an answer
summary-done-none = No machine was done in the last five weeks.
summary-done = { $count ->
    [one] { $count } machine was done in the last five weeks.
   *[other] { $count } machines were done in the last five weeks.
}
summary-ahead-none = If nobody acts, Azure restarts none of them within two weeks.
summary-ahead-two = If nobody acts, Azure may restart { $machines } within two weeks.
summary-ahead-one = If nobody acts, Azure may restart { $machines } within a week.
summary-ahead-both = If nobody acts, Azure may restart { $machines } within a week and { NUMBER($two) } within two.
summary-told = You need not do anything: the owners are told.
summary-unread = { $count ->
    [one] { $count } machine could not be read since { $since }: what is said of it is how it stood then.
   *[other] { $count } machines could not be read since { $since }: what is said of them is how it stood then.
}
summary-heading = How things stand
summary-heading-silent = Who has not answered
summary-heading-restarts = What Azure restarts if nobody acts
summary-responsible = Responsible
summary-column = { $column ->
    [unanswered] no answer
    [acknowledged] acknowledged
    [planned] planned
    [left] left to Azure
   *[done] done
}
summary-count = { NUMBER($count) } { $column }
summary-all = All together
summary-more-teams = { $more ->
    [one] and { $more } more team
   *[other] and { $more } more teams
}
summary-more-silent = and { NUMBER($more) } more who have not answered
summary-silenced = muted
summary-line = { $machines }; the first can be started until { $until }
summary-at-any-moment = Any time until { $until }
summary-between = Any time between { $from } and { $until }
name-beside = { $name } ({ $beside })
wave-over = No action needed: maintenance of your { $machines } is over
wave-done-all = Done: all of your { $machines }
wave-done = Done: { NUMBER($done) } of your { $machines }, and nothing is left to do
wave-none-left = No action needed: none of your { $machines } is left with you
wave-done-others = { $others ->
    [one] Done: { NUMBER($done) } of your { $machines }; { $others } is with others
   *[other] Done: { NUMBER($done) } of your { $machines }; { $others } are with others
}
wave-lead = This was the last of { $machines } that were announced to you: { $parts }.
wave-part = { $part ->
    [people] { NUMBER($count) } started by you or your colleagues
    [azure] { NUMBER($count) } restarted by Azure
    [cancelled] { NUMBER($count) } cancelled by Azure
    [gone] { NUMBER($count) } no longer planned
   *[others] { NUMBER($count) } with others now
}
wave-thanks = Nothing is left to do. Thank you for starting them yourselves.
wave-end-yours = Nothing is left for you to do.
wave-thanks-yours = Nothing is left for you to do. Thank you for starting yours.

## Reports and exercises

coverage-subject = { $missing ->
    [one] { $missing } of { $machines } has no owner
   *[other] { $missing } of { $machines } have no owner
}
coverage-more = { $subject }, { NUMBER($change) } more than a week ago
coverage-fewer = { $subject }, { NUMBER($change) } fewer than a week ago
coverage-same = { $subject }, as a week ago
coverage-none = Every machine has an owner
coverage-lead = Give these machines an owner: no tag and no route names one for { NUMBER($missing) } of { $machines }, so nobody but you hears of their maintenance. This report comes once a week as long as there are any.
coverage-how = Name an owner in a tag on the machine, its resource group or its subscription, or add a route to the configuration.
unowned-heading = Machines without an owner
number-subscriptions = Subscriptions that can be read
number-planned = Machines with planned maintenance
number-owned = Machines with an owner
number-unowned = Machines without an owner
number-recipients = People and channels who are told
number-machines = Machines
go-live-headline = The maintenance notifier is live
go-live-subject-none = Azure maintenance notifier is live: nothing is planned at the moment
go-live-subject = Azure maintenance notifier is live: { $machines } with planned maintenance, { NUMBER($missing) } without an owner
subscriptions = { $count ->
    [one] { $count } subscription
   *[other] { $count } subscriptions
}
go-live-bare = From now on owners are told about planned maintenance of their machines.
go-live-none = Azure plans no maintenance in { $subscriptions } at the moment. As soon as it does, the owners are told.
go-live-owned = Azure plans maintenance of { $machines } in { $subscriptions }. All of them have an owner, who is told now.
go-live-missing = Give { NUMBER($missing) } of { $machines } an owner: until then you are told in their place. Azure plans their maintenance in { $subscriptions }; the owners of the others are told now.
heartbeat-none = Azure maintenance: nothing is planned at the moment
heartbeat-unread = Azure maintenance: { $machines } not read for long
heartbeat-open = Azure maintenance: { $machines } still open
heartbeat-why = This channel hears of planned maintenance. In quiet times a card like this comes once a month, and shows that the way here still works.
drill-subject = EXERCISE: do messages about Azure maintenance reach you?
drill-lead = Please confirm that you got this. This is an EXERCISE: no machine is affected, and if you don’t confirm, we assume it did not reach you.
drill-lead-bare = This is an EXERCISE: no machine is affected, and there is nothing to do.
drill-button = I got this
drill-detail = One click on that page confirms that this exercise reached you. It does nothing else.

## Calendar

calendar-cancelled = Cancelled: Azure maintenance of { $whom }
calendar-planned-loss = Azure maintenance starts as planned, and data is lost: { $whom }
calendar-planned = Azure maintenance starts as planned: { $whom }
calendar-last-chance = Last chance to choose a time: Azure maintenance of { $whom }
calendar-may-begin = Azure maintenance may begin: { $whom }
calendar-nothing = Nothing is left to do at this time.
calendar-begins = On { $at } the maintenance begins by itself, as planned. Until then anyone who objects can cancel it.
calendar-self-service = Time to choose ends on { $at }. What is not started by then, Azure restarts any time in its own window.
calendar-azure = From { $at } Azure does the maintenance, any time.
calendar-details = Details are in the mail that came with this entry.
feed-title = Planned maintenance of your Azure machines
feed-add = Add your dates to a calendar
feed-with-names = with the names of machines
feed-as-atom = as an Atom feed
feed-where = Which machines they are stands in your newest message.

## What operators should look at

problems = { $count ->
    [one] Notifier: { $count } problem to look at
   *[other] Notifier: { $count } problems to look at
}
problem = Notifier: { $title }
problems-none = Notifier: nothing to look at
starts-ended = { $count ->
    [one] How a start ended
   *[other] How { $count } starts ended
}
notes = { $count ->
    [one] A note
   *[other] { $count } notes
}
mutes-end = { $count ->
    [one] { $count } mute ends soon
   *[other] { $count } mutes end soon
}
alike = { $title } and { NUMBER($more) } more alike
alike-names = The same holds for { $names }.
scope-subscription = subscription { $subscription }
scope-resource-group = resource group { $group } (subscription { $subscription })
in-group = { $name } in { $group }
alert-no-rights = { $scope } can no longer be read
alert-gone = { $scope } is gone
alert-in-part = { $scope } is known in part
alert-no-answer = { $scope } could not be read
alert-unreadable = Unreadable: { $what }
alert-in-doubt = A message may not have reached { $recipient }
alert-chat = The Teams flow that posts to people takes no cards
alert-undeliverable = { $recipient } cannot be reached
alert-look-up = Owners cannot be looked up in { $service }
alert-service = Trouble with { $service }
alert-refused-owner = Owner of { $resource } refused
alert-configuration = The configuration cannot be used
alert-unanchored = The record of starts cannot be anchored
alert-no-starts = Maintenance in { $scope } cannot be started from messages
alert-start-not-known = It is not known what became of the start of { $resource }
alert-start-ended = The start of { $resource } from the command line ended
alert-stale = Azure unreachable since { $since }
alert-passed = Dates passed, nothing known: maintenance of { $machines }
alert-elsewhere = { $count ->
    [one] Announced by Azure, not shown by the machine
   *[other] Announced by Azure, not shown by the machines
}
alert-held = { $count ->
    [one] { $count } message is held: far more than usual
   *[other] { $count } messages are held: far more than usual
}
alert-repeats = A message to { $recipient } is held
alert-mute-ends = Your mute of { $scope } ends soon
alert-silence-ends = A silence of the configuration ends soon: “{ $reason }”
alert-poisoned = A message for { $function } failed for good
detail-no-rights = Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.
detail-gone = It was deleted, or moved to another tenant; no role is missing. Its open windows are told as they were last read, until their dates pass. If it moved, let a notifier there watch it; if NOTIFIER_SUBSCRIPTIONS names it, take it out.
detail-in-part = What is known of it is told as it is; whoever only the missing part names is not.
detail-no-answer = Nothing in it ends or changes meanwhile, and every look asks again: no role is missing.
detail-unreadable = The record was set aside; everything else was processed.
detail-in-doubt = Sending to { $endpoint }: { $error } Nothing more is tried, since each attempt can be another copy. Their next message says that one may be missing. See `maintenance-notifier outbox`, and `outbox retry ID --even-if-in-doubt` to send it all the same.
detail-teams = Posting to { $endpoint } failed: { $error } Its mail addresses are told as before, and where it has none the fallback is. Switch the flow on again in Power Automate, or make a new one and enter its address in the configuration: a new address is used at once, the old one is tried again once a week.
detail-chat = { $error } People are told by mail as always. Switch the flow on again in Power Automate, or make a new one and enter its address as owners.person_webhook; the next message tries it again.
detail-undeliverable = Sending to { $endpoint } failed for good: { $error } The fallback is told instead. Correct the address, the tag that names it, or the flow.
detail-look-up = { $error } The last answers count, and names that were never looked up are taken as they stand.
detail-service = { $error } Messages wait and are tried again; check how it is set up.
detail-configuration = { $problem } The last valid configuration stays in force until it is corrected. `maintenance-notifier check` says everything that is wrong.
detail-unanchored = { $error } Starts go on and are recorded; but until this works again, nobody can show that the record was not written anew. Check NOTIFIER_AUDIT_CONTAINER and the role of the app’s identity on that container.
detail-no-starts = { $error } Pages lead to Azure’s portal there for a day; then it is tried again. Give the identity that starts the role for it there, or write start.enabled = false.
detail-start-not-known = Since { $since } a day has passed without a word of Azure. Nothing else of its availability set, scale set, cluster or rolling plan is started, and neither is it again, until Azure says how it ended, the machine’s own record lets it be started again, or its window ends. When you know that nothing runs any more: `maintenance-notifier start { $resource } --release`.
detail-stale = The last success was on { $since }. New maintenance is not noticed until this works again. Look at the log of the function CollectMaintenance.
detail-passed = { $names } in subscription { $subscription }: the last date passed { $until }, and Azure has not said what became of the maintenance. Look whether they restarted since their window began; `maintenance-notifier explain NAME` says what is known of each.
detail-elsewhere = { $names } in subscription { $subscription }: Azure announced maintenance{ $under }{ $when } a day ago, and the instance view shows nothing. The owners are told that once. Look at the event in Service Health; machines that were stopped, moved or redeployed since may not need it any more.
elsewhere-ids = { " " }({ $ids })
detail-held = { $waiting ->
    [one] { $waiting } message was waiting to be sent for the first time, after { NUMBER($sent) } in the 24 hours before; a usual day has { NUMBER($usual) }, and { NUMBER($allowed) } are sent without asking.
   *[other] { $waiting } messages were waiting to be sent for the first time, after { NUMBER($sent) } in the 24 hours before; a usual day has { NUMBER($usual) }, and { NUMBER($allowed) } are sent without asking.
}
detail-held-end = Those with a deadline within 72 hours go all the same, each of the others when its deadline is that near. `maintenance-notifier outbox` shows them; `maintenance-notifier outbox release` lets them go.
detail-too-many = It would be the seventh within an hour. What comes later goes into it, and it leaves when the hour is over.
detail-told-before = Everything in it was told before.
detail-repeats = { $why } This should not happen: please report it. `maintenance-notifier outbox` shows it; `maintenance-notifier outbox retry { $message }` sends it all the same.
detail-mute-asked = You asked for it on { $day }, because “{ $reason }”.
detail-mute-ends = It ends on { $until }.
detail-mute-again = Whoever wants it to last longer says so again, with the link in any message about these machines.
detail-silence-again = Whoever wants it to last longer changes its end in the configuration.
underneath-none = No window is open underneath.
underneath = { $count ->
    [one] { $count } window is open underneath: { $names }.
   *[other] { $count } windows are open underneath: { $names }.
}
detail-poisoned = It is kept: { $payload } Look at the function’s log for the reason; `maintenance-notifier outbox` shows it and how to put it back.

## Why a start is not begun

refused-start-disabled = maintenance cannot be started from here; use Azure's portal
refused-start-paused = starts are paused by the operators of this service
refused-start-over = this maintenance is over
refused-start-kind = Azure has no way to start the maintenance of a resource of this kind
refused-start-tenant = the machine belongs to another tenant, in which nothing is started from here; use Azure's portal, signed in there
refused-start-moved = the dates have changed since this was decided
refused-start-not-allowed = Azure does not accept a start of this machine at the moment
refused-start-unsaid = Azure does not say whether it accepts a start of this machine at the moment
refused-start-outside = the time lies outside the window in which Azure lets the maintenance be started
refused-start-loss = it wipes the operating system disk, which lives on the host, and nobody has agreed to that for this machine
refused-start-perhaps-loss = it may wipe the operating system disk: nobody could read whether that lives on the host, and nobody has agreed to that for this machine
refused-start-not-running = the machine is not running, and maintenance does not touch it; Azure only starts it for running machines
refused-start-gap = another member of its group was just started
refused-start-limit = as many starts as the operators allow were made lately
refused-start-open = a start of this machine is planned or under way already
refused-start-hours = the maintenance hours that led to this start have changed, or passed while it waited
refused-start-own-rights = starts are made with the rights of whoever clicks, and nobody is there to click when a planned one begins
refused-start-not-theirs = whoever decided this is not responsible for the machine any more
refused-start-plan-paused = the rolling plan that it belongs to was paused by { $by }
refused-start-plan-cancelled = the rolling plan that it belongs to was cancelled by { $by }
refused-start-plan-stopped = the rolling plan that it belongs to stopped, because { $name } did not come through well
refused-start-plan-late = its turn in its rolling plan did not come in time, and it is planned anew
refused-start-too-late = it could not begin in time: { $why }
refused-start-not-run = this service did not run at its moment
refused-start-gone = the machine no longer exists
refused-start-starting = the machine is just starting
refused-start-not-now = Azure could not do it at that moment ({ $code }: { $message })
refused-start-not-permitted = Azure does not let it be started ({ $code }: { $message })
refused-start-pilot = in a pilot nothing is started for whoever is not part of it
refused-start-no-room = other starts are planned before it, and there is no room left for it
refused-start-unseen = Azure does not say how the machine is
not-silent = no messages are sent at the moment, so that nobody could object
