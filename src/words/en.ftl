### English: the language that the others are translated from.
###
### One message a sentence. What is inserted are names, dates and numbers; a number that decides a form is chosen by
### with the plural categories of CLDR. docs/ARCHITECTURE.md says how a message is added.

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
format-span = { $from } to { $until }
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
