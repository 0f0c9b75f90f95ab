### Deutsch, in der Sie-Form und mit den Wörtern, die Azure auf Deutsch hat.

## What CLDR says of the language

-name = Deutsch
-weekdays = Mo., Di., Mi., Do., Fr., Sa., So.
-months = Jan., Feb., März, Apr., Mai, Juni, Juli, Aug., Sept., Okt., Nov., Dez.
-group = .
-plural-one = i = 1 and v = 0

format-day = { $weekday }, { $day }. { $month }
format-day-year = { $weekday }, { $day }. { $month } { $year }
format-moment = { $date }, { $time } { $zone }
format-moment-open = { $date }, { $time }
format-moment-short = { $date } { $time } { $zone }
format-beside = { $local } ({ $utc })
format-span = { $from } bis { $until }
span-until = bis { $until }; den Beginn nennt Azure nicht
span-from = ab { $from }; das Ende nennt Azure nicht

length = { $unit ->
    [seconds] { $count ->
        [one] eine Sekunde
       *[other] { $count } Sekunden
    }
    [hours] { $count ->
        [one] eine Stunde
       *[other] { $count } Stunden
    }
   *[minutes] { $count ->
        [one] eine Minute
       *[other] { $count } Minuten
    }
}

list-and = { $before } und { $last }
list-more = { $names } und { NUMBER($more) } weitere

## Gezähltes

machines = { $count ->
    [one] { $count } VM
   *[other] { $count } VMs
}
hosts = { $count ->
    [one] { $count } dedizierter Host
   *[other] { $count } dedizierte Hosts
}
