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
span = { $from } bis { $until }
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

## Um wen es geht und was geschieht. $does ist restart, maybe oder pause.

whom-again = { $count ->
    [one] sie
   *[other] sie
}
whom-yours = { NUMBER($count) } Ihrer VMs
will-be = { $does ->
    [pause] { $count ->
        [one] { $whom } wird für Sekunden angehalten
       *[other] { $whom } werden für Sekunden angehalten
    }
    [maybe] { $count ->
        [one] { $whom } wird möglicherweise neu gestartet
       *[other] { $whom } werden möglicherweise neu gestartet
    }
   *[restart] { $count ->
        [one] { $whom } wird neu gestartet
       *[other] { $whom } werden neu gestartet
    }
}
azure-between = { $does ->
    [pause] Azure hält { $whom } irgendwann zwischen { $from } und { $until } für Sekunden an.
    [maybe] Azure startet { $whom } möglicherweise irgendwann zwischen { $from } und { $until } neu.
   *[restart] Azure startet { $whom } irgendwann zwischen { $from } und { $until } neu.
}
azure-until = { $does ->
    [pause] Azure hält { $whom } irgendwann bis { $until } für Sekunden an.
    [maybe] Azure startet { $whom } möglicherweise irgendwann bis { $until } neu.
   *[restart] Azure startet { $whom } irgendwann bis { $until } neu.
}
azure-by = { $does ->
    [pause] Azure hält { $whom } spätestens { $until } für Sekunden an.
    [maybe] Azure startet { $whom } möglicherweise spätestens { $until } neu.
   *[restart] Azure startet { $whom } spätestens { $until } neu.
}
azure-from = { $does ->
    [pause] Azure hält { $whom } irgendwann ab { $from } für Sekunden an; bis wann, ist nicht bekannt.
    [maybe] Azure startet { $whom } möglicherweise irgendwann ab { $from } neu; bis wann, ist nicht bekannt.
   *[restart] Azure startet { $whom } irgendwann ab { $from } neu; bis wann, ist nicht bekannt.
}
azure-undated = { $does ->
    [pause] Azure hält { $whom } für Sekunden an; wann, ist nicht bekannt.
    [maybe] Azure startet { $whom } möglicherweise neu; wann, ist nicht bekannt.
   *[restart] Azure startet { $whom } neu; wann, ist nicht bekannt.
}
if-you-do-nothing = Wenn Sie nichts tun: { $what }

## Betreff

subject-act = Bis { $until } handeln: { $what }
subject-act-open = Zeit wählen: { $what }
subject-noted = { $subject } ({ $note })
subject-note = { $note ->
    [rescheduled] neue Termine
    [failed] Start fehlgeschlagen
    [unknown] Ausgang des Starts unbekannt
    [called-off] Start abgesagt
    [not-begun] Start hat nicht begonnen
    [handed-over] Übergabe noch nicht angenommen
    [handed-back] weiterhin bei Ihnen
    [escalated] niemand hat reagiert
    [refused] derzeit kein Start möglich
    [unsaid] ob ein Start geht, ist nicht gesagt
    [disabled] Abonnement deaktiviert
   *[reminder] Erinnerung
}
subject-diverted = [für { $recipient }] { $subject }
subject-as-of = Stand { $read }: { $subject }
subject-planned = Beginnt { $at }: Wartung von { $whom }
subject-no-action = Nichts zu tun: { $what }
subject-no-action-from = Nichts zu tun: { $what } (ab { $day })
subject-no-action-by = Nichts zu tun: { $what } (bis { $day })
subject-failed = Start fehlgeschlagen: { $whom }
subject-imminent = In wenigen Minuten: { $what }
subject-imminent-from = In wenigen Minuten, nicht vor { $at }: { $what }
subject-notice = Von Azure angekündigt: { $what }
subject-notice-from = Nicht vor { $at }: { $what }
subject-unconfirmed = Von einem Ereignis gemeldet, von Azure noch nicht bestätigt: { $what }
subject-passed = Termin verstrichen, nichts bekannt: Wartung von { $whom }
subject-elsewhere = Noch nichts zu tun: Azure hat die Wartung von { $whom } angekündigt
subject-started = Läuft: Wartung von { $whom }
subject-not-known = Bitte prüfen: Ausgang des Starts von { $whom } unbekannt
subject-done = Fertig: Wartung von { $whom }
subject-cancelled = Nichts zu tun: Wartung von { $whom } abgesagt
subject-gone = Nichts zu tun: Wartung von { $whom } nicht mehr geplant
subject-over = Nichts zu tun: Wartung von { $whom } ist vorbei
subject-reassigned = Nichts zu tun: { $whom } nicht mehr bei Ihnen
subject-skipped = Start fehlgeschlagen: Azure lässt { $whom } aus und plant neue Termine
subject-asked = { $by } bittet Sie, { $whom } zu übernehmen
subject-several = Nichts zu tun: Neues zu { $whom }
subject-open = Noch offen: { $machines }
subject-open-by = Noch offen: { $machines }, nächste Frist { $day }
subject-unread = Azure seit { $since } nicht gelesen
subject-empty = Azure-Wartung: nichts geplant

## Erste Sätze

as-of-sentence = Gelesen wurde dies { $read }; es kann sich geändert haben.
choose-by = Wählen Sie bis { $until } eine Zeit für { $whom }.
choose-open = Wählen Sie eine Zeit für { $whom }; bis wann, hat Azure nicht gesagt.
choose-later = Wählen Sie bis { $until } eine Zeit für { $whom }; frühestens { $from }.
choose-later-open = Wählen Sie eine Zeit ab { $from } für { $whom }; bis wann, hat Azure nicht gesagt.
choose-first = Wählen Sie eine Zeit für { $whom }, für die ersten bis { $until }.
choose-first-open = Wählen Sie eine Zeit für { $whom }.
choose-portal-by = Starten Sie die Wartung von { $whom } bis { $until } im Azure-Portal.
azure-each = Wenn Sie nichts tun: Azure startet jede davon irgendwann in ihrem eigenen Zeitfenster neu.
nothing-to-do = Sie müssen nichts tun.
nothing-left = Es bleibt nichts zu tun.
rest-below = { $count ->
    [one] Unten folgt Neues zu { $count } weiteren VM.
   *[other] Unten folgt Neues zu { $count } weiteren VMs.
}
lead-rescheduled = Azure hat die Termine für { $whom } verschoben.
lead-failed = Der Start von { $whom } ist fehlgeschlagen.
lead-failed-unknown = Es ist nicht bekannt, wie der Start von { $whom } ausging.
lead-called-off = Der geplante Start von { $whom } wurde abgesagt.
lead-not-begun = Der geplante Start von { $whom } hat nicht begonnen.
lead-handed-over = { $by } hat { $to } gebeten, { $whom } zu übernehmen. Bis zur Annahme bleiben Sie verantwortlich; wollten Sie das nicht, übergeben Sie an jemand anderen und sagen Sie es den Betreibern dieses Dienstes.
lead-handed-over-by-somebody = Jemand wurde gebeten, { $whom } zu übernehmen. Bis zur Annahme bleiben Sie verantwortlich; wollten Sie das nicht, übergeben Sie an jemand anderen und sagen Sie es den Betreibern dieses Dienstes.
lead-handed-back = Wen Sie gebeten haben, hat { $whom } nicht übernommen: Sie bleiben verantwortlich.
lead-escalated = Für { $whom } hat noch niemand eine Zeit gewählt.
lead-disabled = Das Abonnement von { $whom } ist deaktiviert: Dort kann nichts gestartet werden, bis es wieder aktiviert ist.
lead-refused = Azure nimmt derzeit keinen Start von { $whom } an, obwohl die Self-Service-Phase nicht vorbei ist. Sobald es geht, sagen wir es Ihnen.
lead-unsaid = Den Terminen nach läuft die Self-Service-Phase, aber Azure sagt nicht, ob es einen Start von { $whom } annimmt. Sobald es geht, sagen wir es Ihnen.
lead-switched-off = Die Betreiber dieses Dienstes haben Starts von { $whom } abgeschaltet; im Azure-Portal gibt es sie noch.
lead-closed = Für { $whom } kann keine Zeit mehr gewählt werden.
lead-asked = Nehmen Sie an oder lehnen Sie ab; bis zur Annahme bleibt { $by } für { $whom } verantwortlich.
lead-imminent = { $does ->
    [pause] Azure hält { $whom } in wenigen Minuten an.
   *[restart] Azure startet { $whom } in wenigen Minuten neu.
}
lead-imminent-from = { $does ->
    [pause] Azure hält { $whom } in wenigen Minuten an, nicht vor { $at }.
   *[restart] Azure startet { $whom } in wenigen Minuten neu, nicht vor { $at }.
}
lead-imminent-end = Wählen lässt sich nichts mehr.
lead-notice = { $does ->
    [pause] Azure hält { $whom } an.
   *[restart] Azure startet { $whom } neu.
}
lead-notice-from = { $does ->
    [pause] Azure hält { $whom } an, nicht vor { $at }.
   *[restart] Azure startet { $whom } neu, nicht vor { $at }.
}
lead-unconfirmed = Von einem Ereignis gemeldet, von Azure noch nicht bestätigt: { $what }.
lead-unconfirmed-from = Von einem Ereignis gemeldet, von Azure noch nicht bestätigt: { $what }, nicht vor { $at }.
lead-unconfirmed-end = Sie müssen nichts tun; wenn Azure es bestätigt, sagen wir es Ihnen.
lead-elsewhere = { $count ->
    [one] Azure hat die Wartung von { $whom }{ $when }{ $under } angekündigt, doch die VM selbst zeigt seit einem Tag keine Termine.
   *[other] Azure hat die Wartung von { $whom }{ $when }{ $under } angekündigt, doch die VMs selbst zeigen seit einem Tag keine Termine.
}
elsewhere-between = { " " }zwischen { $from } und { $until }
elsewhere-until = { " " }bis { $until }
elsewhere-under = { " " }unter { $numbers }
lead-elsewhere-end = Sie müssen noch nichts tun: Termine, die erscheinen, schicken wir Ihnen. Eine VM, die kürzlich angehalten, verschoben oder neu bereitgestellt wurde, braucht die Wartung vielleicht nicht mehr.
lead-started = Die Wartung von { $whom } läuft.
lead-not-known = Seit einem Tag hat Azure nicht gesagt, was aus dem Start von { $whom } wurde. Bitte prüfen Sie das; bis dahin wird nichts anderes aus derselben Gruppe gestartet.
lead-done = Die Wartung von { $whom } ist fertig.
lead-took = Sie dauerte { $length }.
lead-cancelled = Azure hat die Wartung von { $whom } abgesagt.
lead-deleted = { $count ->
    [one] { $whom } gibt es nicht mehr.
   *[other] { $whom } gibt es nicht mehr.
}
lead-moved = { $count ->
    [one] { $whom } ist auf einen anderen Host gezogen (nach einem Anhalten, einer Größenänderung oder einer erneuten Bereitstellung) und braucht die Wartung nicht mehr.
   *[other] { $whom } sind auf einen anderen Host gezogen (nach einem Anhalten, einer Größenänderung oder einer erneuten Bereitstellung) und brauchen die Wartung nicht mehr.
}
lead-replaced = Azure hat die Wartung von { $whom } neu geplant und nie gesagt, was aus dem früheren Plan wurde. Der ist geschlossen.
lead-unlisted = Azure führt die Wartung von { $whom } nicht mehr auf und sagt nicht, warum.
lead-over = Die Wartung von { $whom } ist vorbei.
lead-with-others = Künftig erhält { $owners } die Nachrichten zu { $whom }, nicht mehr Sie.
lead-silenced = Die Konfiguration schaltet Nachrichten zu { $whom } stumm („{ $reason }“).
lead-silenced-until = Die Konfiguration schaltet Nachrichten zu { $whom } bis { $until } stumm („{ $reason }“).
lead-not-yours = Sie sind für { $whom } nicht mehr verantwortlich.
lead-skipped = Der Start von { $whom } ist fehlgeschlagen. Azure lässt dieses Zeitfenster aus und plant neue Termine; wir schicken sie Ihnen.
lead-passed = Der letzte Termin für { $whom } ist verstrichen, und Azure hat nicht gesagt, was daraus wurde.
lead-passed-on = Der letzte Termin für { $whom } ist { $at } verstrichen, und Azure hat nicht gesagt, was daraus wurde.
lead-passed-end = Prüfen Sie, ob seither neu gestartet wurde; sobald Azure den Ausgang nennt, sagen wir es Ihnen.
lead-planned = Der Start von { $whom } ist für { $at } geplant.
lead-planned-by = { $by } hat den Start von { $whom } für { $at } geplant.
lead-planned-end = Er beginnt von selbst nach einer letzten Prüfung; bis dahin kann ihn absagen, wer etwas dagegen hat.
lead-again = Das ist ein neuer Plan: Ein früherer ist bereits zu Ende.
lead-again-some = { $count ->
    [one] Für { $count } davon ist es ein neuer Plan: Ein früherer ist bereits zu Ende.
   *[other] Für { $count } davon ist es ein neuer Plan: Ein früherer ist bereits zu Ende.
}
lead-open = { $count ->
    [one] Für { $count } VM ist noch Wartung geplant.
   *[other] Für { $count } VMs ist noch Wartung geplant.
}
lead-open-by = { $count ->
    [one] Für { $count } VM ist noch Wartung geplant; die Frist ist { $until }.
   *[other] Für { $count } VMs ist noch Wartung geplant; die nächste Frist ist { $until }.
}
lead-open-end = Seit unserer letzten Nachricht hat sich nichts geändert.
lead-unread = Azure konnte seit { $since } nicht gelesen werden; was sich geändert hat, ist nicht bekannt.
lead-empty = Für Ihre VMs ist derzeit keine Wartung geplant.
lead-mixed-notes = Sie erfahren es einmal und müssen nichts tun.
lead-ended-starts = Sie erfahren es, weil es auf der Befehlszeile gestartet wurde, wo vielleicht niemand auf das Ende wartet.
lead-notes = Danach kommen wieder Nachrichten zu diesen VMs. Sie erfahren es einmal und müssen nichts tun.
lead-alerts = { $count ->
    [one] Der Benachrichtigungsdienst hat ein Problem, das er nicht selbst lösen kann. Sie erfahren es einmal.
   *[other] Der Benachrichtigungsdienst hat { $count } Probleme, die er nicht selbst lösen kann. Sie erfahren es einmal.
}

## Neues in ein oder zwei Wörtern

label = { $stage ->
    [yours] Sie wählen
    [leave] Azure überlassen
    [asked] Übernehmen?
    [disabled] Abonnement deaktiviert
    [refused] Derzeit kein Start
    [unsaid] Start nicht gesagt
    [switched-off] Nicht von hier
    [announced] Neu
    [rescheduled] Neue Termine
    [self-service-open] Jetzt möglich
    [reminder] Erinnerung
    [escalated] Keine Reaktion
    [self-service-closed] Wahl vorbei
    [scheduled-soon] Kommt bald
    [scheduled-open] Azure ist dran
    [passed] Termin verstrichen
    [announced-elsewhere] Nicht an der VM
    [imminent] In wenigen Minuten
    [notice] Azures Termin
    [unconfirmed] Nicht bestätigt
    [planned] Geplanter Start
    [called-off] Start abgesagt
    [started] Läuft
    [completed] Fertig
    [skipped] Ausgelassen
    [failed] Start fehlgeschlagen
    [cancelled] Abgesagt
    [no-longer-planned] Nicht mehr geplant
    [reassigned] Nicht mehr bei Ihnen
    [handed-over] Übergeben
   *[handed-back] Weiterhin bei Ihnen
}
label-both = { $first } · { $second }

## Termine und Wirkung

row-choose = Zeit wählen
row-azure = Azures Zeitfenster
row-self-service = Self-Service
row-azure-was = Azures Zeitfenster war
row-starts = Beginn
row-not-before = Nicht vor
row-effect = Was geschieht
row-until = bis { $until }
row-none = keines mehr
row-before = vorher: { $before }
row-before-none = vorher: keines
impact = { $impact ->
    [freeze] Pause von wenigen Sekunden
    [reboot] Neustart
    [redeploy] Neustart auf einem anderen Host; der temporäre Datenträger geht verloren
   *[unknown] Azure nennt die Auswirkung nicht
}
impact-other = Azure nennt die Auswirkung „{ $word }“
effect-lasting = { $impact }; meist etwa { $minutes } Minuten
effect-expected = { $impact }; Azure rechnet mit { $length }
effect-start = Neustart auf einem aktualisierten Host, meist etwa { $minutes } Minuten; der temporäre Datenträger geht verloren
place-all = Alle in { $place }
place-tenant = { $subscription } im Mandanten { $tenant }
place-zone = Zone { $zone }
place-zones = Zonen { $zones }
last-read = Zuletzt gelesen { $read }: So stand es damals; was sich seither geändert hat, ist nicht bekannt.
azure-code = Azure meldet „{ $code }“
azure-says = Azure meldet: „{ $message }“
azure-said-last = Azure meldet zum letzten Start: „{ $message }“
heading-machine = VM
heading-group = Ressourcengruppe
heading-know = Was Sie wissen sollten
more-machines = und { NUMBER($more) } weitere
more-in-file = und { NUMBER($more) } weitere in { $file }
why-you = Warum Sie: { $why }
why-for = { $why } ({ $machines })
why-more = und { NUMBER($more) } weitere Gründe
not-both = Nicht beide zugleich:
others-told = Ebenfalls benachrichtigt: { $names }.
others-first = { $name } (zuerst genannt)
others-you-first = Sie sind zuerst genannt.

## Rundherum

kind-alert = Azure-Wartung
kind-digest = Azure-Wartung · Übersicht
kind-summary = Azure-Wartung · Zusammenfassung
kind-operator = Azure-Wartung · für Betreiber
kind-coverage = Azure-Wartung · Wochenbericht
kind-go-live = Azure-Wartung · erster Blick
kind-drill = Azure-Wartung · Übung
button-choose = Zeit wählen
button-answer = Antworten
button-take-over = Übernehmen oder ablehnen
button-details = Einzelheiten ansehen
button-portal = Im Azure-Portal öffnen
button-genuine = Ist das echt?
detail-button = Die Schaltfläche führt zu einer Seite, auf der Sie die Wartung jetzt oder zu einer Zeit Ihrer Wahl starten, bestätigen oder übergeben. Das Öffnen startet nichts.
detail-answer = Die Schaltfläche führt zu einer Seite, auf der Sie bestätigen, sich erinnern lassen oder übergeben.
detail-command = Lieber auf der Befehlszeile? Das startet { $name } sofort:
diverted = Diese Nachricht war für { $recipient }. Sie kommt zu Ihnen, weil der Benachrichtigungsdienst in der Pilotphase ist.
missed = Eine frühere Nachricht von { $at } hat Sie vielleicht nicht erreicht. Was offen ist, steht in dieser.
introduction = Das ist Ihre erste Nachricht vom Wartungs-Benachrichtigungsdienst Ihrer Organisation, der allen, die VMs betreiben, von geplanten Wartungen durch Azure berichtet.
introduction-why = Nicht Ihre? Berichtigen Sie das oben genannte Tag, oder antworten Sie.
introduction-channel = Dieser Kanal erfährt ab jetzt von geplanten Azure-Wartungen.
mute = Diese VMs stummschalten
digests-off = Übersichten abbestellen
digests-off-what = Erinnerungen und letzte Hinweise kommen weiterhin.
footer-as-of = Stand: { $moment }. Zeiten in { $zone }.
footer-sent = Gesendet von { $sender }.
footer-replies = Antworten gehen an { $address }.
footer-safe = Die Nachricht fragt nach keinem Passwort, und das Öffnen der Nachricht oder ihrer Links startet nichts.
footer-genuine = Woran Sie erkennen, dass diese Nachricht echt ist
calendar-note = Mit dieser Mail kommt ein Kalendereintrag; er gilt als frei und braucht keine Antwort.
calendar-to-organizer = Mit dieser Mail kommt kein Kalendereintrag: Sie geht an die Adresse, von der sie kommt, und Kalender nehmen keine Einladung von sich selbst an. Lassen Sie eine andere Adresse senden oder die VMs verantworten.
all-in-file = Die angehängte { $file } führt alle { $machines } auf.
mail-short = Ihr Mailserver hat keine größere Nachricht angenommen; diese ist deshalb gekürzt.
mail-bare = Ihr Mailserver hat keine größere Nachricht angenommen; diese ist deshalb gekürzt und kommt ohne Anhänge.
groups-hidden = { $count ->
    [one] { $count } weitere Gruppe mit { $machines } steht hier nicht.
   *[other] { $count } weitere Gruppen mit { $machines } stehen hier nicht.
}
and-more = Und { NUMBER($more) } weitere.
and-more-by-command = Und { NUMBER($more) } weitere, die diese Nachricht nicht nennt: Der Befehl „{ $command }“ listet alle VMs ohne Verantwortliche auf.
and-more-in-file = Und { NUMBER($more) } weitere: Die angehängte { $file } führt alle { NUMBER($count) } auf.
and-more-alerts = Und { NUMBER($more) } weitere Punkte.
unchanged = { $count ->
    [one] { $count } weitere VM ist seit unserer letzten Nachricht unverändert.
   *[other] { $count } weitere VMs sind seit unserer letzten Nachricht unverändert.
}
unchanged-by = { $count ->
    [one] { $count } weitere VM ist seit unserer letzten Nachricht unverändert; ihre Frist ist { $until }.
   *[other] { $count } weitere VMs sind seit unserer letzten Nachricht unverändert; die nächste Frist ist { $until }.
}
unchanged-unread = { $count ->
    [one] { $count } weitere VM ist offen; sie konnte seit { $since } nicht gelesen werden, und was sich geändert hat, ist nicht bekannt.
   *[other] { $count } weitere VMs sind offen; nicht alle konnten seit { $since } gelesen werden, und was sich geändert hat, ist nicht bekannt.
}
unchanged-unread-by = { $count ->
    [one] { $count } weitere VM ist offen; sie konnte seit { $since } nicht gelesen werden, und was sich geändert hat, ist nicht bekannt; die bekannte Frist ist { $until }.
   *[other] { $count } weitere VMs sind offen; nicht alle konnten seit { $since } gelesen werden, und was sich geändert hat, ist nicht bekannt; die nächste bekannte Frist ist { $until }.
}
heading-operator = Für Sie als Betreiber
heading-mutes = Stummschaltungen, die bald enden
alert-line = { $title }.
csv-more = … und { NUMBER($more) } weitere, für die diese Mail keinen Platz hat

## Warum jemand benachrichtigt wird

level = { $level ->
    [resource] der Ressource selbst
    [scale-set] ihrer VM-Skalierungsgruppe
    [resource-group] ihrer Ressourcengruppe
   *[subscription] ihrem Abonnement
}
reason-tag = Das Tag { $tag } an { $level } nennt Sie („{ $value }“).
reason-manager = Das Tag { $tag } an { $level } nennt { $of }; dieses Konto ist deaktiviert, und Sie sind die vorgesetzte Person.
reason-member = Das Tag { $tag } an { $level } nennt die Gruppe { $group }, zu der Sie gehören.
reason-role = Kein Tag und keine Route nennt Verantwortliche, und Sie haben die Rolle { $role } für { $scope }.
reason-route = Route { $number } der Konfiguration trifft zu ({ $matches }).
reason-fallback = Es wurde niemand gefunden, der verantwortlich ist, und Sie sind die Auffangadresse.
reason-fallback-tried = Es wurde niemand gefunden, der verantwortlich ist ({ $tried }), und Sie sind die Auffangadresse.
reason-accepted = { $by } hat es Ihnen übergeben, und Sie haben angenommen.
reason-asked = { $by } bittet Sie zu übernehmen. Bis zur Annahme bleibt { $by } verantwortlich.
reason-declined = { $by } hat erklärt, nicht zuständig zu sein; sonst ist niemand genannt, und Sie sind die Auffangadresse.
reason-escalated = Verantwortlich ist { $from }. An Sie eskaliert, weil { $before } vor Ende der Wahlmöglichkeit niemand reagiert hat.
reason-undeliverable = Verantwortlich ist { $instead }, war aber unter { $endpoint } nicht erreichbar ({ $error }).
lead-time = { $unit ->
    [days] { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }
    [hours] { $count ->
        [one] { $count } Stunde
       *[other] { $count } Stunden
    }
   *[minutes] { $count ->
        [one] { $count } Minute
       *[other] { $count } Minuten
    }
}

## Warum Sie nicht selbst starten sollten

advice-no-self-service = Diese Wartung kann nur Azure starten.
advice-set = In der Verfügbarkeitsgruppe { $set }: Azure nimmt eine Updatedomäne nach der anderen und wartet dazwischen weitere 30 Minuten. Besser Azure überlassen.
advice-deallocated = Zuordnung aufgehoben, also auf keinem Host. Ein Starten der VM kann die Wartung schon beenden.
advice-stopped = Angehalten: Azure nimmt keinen Start an, bis die VM läuft.
advice-auto-shutdown = Wird nach Zeitplan heruntergefahren; das kann eine gestartete Wartung zunichtemachen und die VM zweimal unterbrechen. Besser Azure überlassen.
advice-ephemeral = Der Betriebssystemdatenträger liegt auf dem Host: Wer die Wartung selbst startet, löscht ihn.
advice-unknown-disk = Wo der Betriebssystemdatenträger liegt, war nicht zu lesen: Liegt er auf dem Host, löscht ihn, wer die Wartung selbst startet.
advice-kubernetes = Knoten eines Kubernetes-Dienstes: Leeren Sie ihn dort, statt die Wartung hier zu starten.
advice-tenant = Im Mandanten { $tenant }, in dem von hier nichts gestartet wird: Starten Sie im Azure-Portal, dort angemeldet.
advice-service-fabric = Knoten von Service Fabric; dafür bietet Azure keinen Self-Service.

## Verantwortliche, die nicht zu erreichen sind

refused-domain = Das Tag { $tag } an { $level } nennt { $address }; das liegt außerhalb der erlaubten Domänen. Berichtigen Sie das Tag, oder nehmen Sie die Domäne in owners.allowed_domains auf.
refused-disabled = Das Tag { $tag } an { $level } nennt „{ $value }“; das Konto ist deaktiviert, und eine vorgesetzte Person ist nicht zu erreichen. Nennen Sie im Tag jemand anderen.
refused-mailbox = Das Tag { $tag } an { $level } nennt „{ $value }“; das Verzeichnis kennt dafür kein Postfach. Nennen Sie jemanden, der Mails liest, oder einen Empfänger der Konfiguration.
refused-several = Das Tag { $tag } an { $level } lautet „{ $value }“, und im Verzeichnis heißen mehrere so. Schreiben Sie eine Adresse.
refused-template = Das Tag { $tag } an { $level } lautet „{ $value }“, eine Vorlage, die niemand ausgefüllt hat. Berichtigen Sie das Tag und das, was es schreibt.
refused-unknown = Das Tag { $tag } an { $level } lautet „{ $value }“; das ist weder eine Adresse noch ein Empfänger der Konfiguration. Berichtigen Sie das Tag, oder nennen Sie einen solchen Empfänger.

## Was ein Start kostet

loses-os-disk = Er löscht den Betriebssystemdatenträger, der auf dem Host liegt: Alles darauf geht verloren.
loses-perhaps = Er löscht vielleicht den Betriebssystemdatenträger: Ob der auf dem Host liegt, war nicht zu lesen.
loses-agreed = { $by } hat dem zugestimmt.
loses-not-agreed = Dem hat niemand zugestimmt; der Start beginnt deshalb nicht.
loses-of = Daten gehen verloren: Der Start löscht den Betriebssystemdatenträger von { $names }, oder löscht ihn vielleicht.
loses-not-agreed-of = Dem hat für { $names } niemand zugestimmt: Dort beginnt nichts.

## Was Menschen getan haben

acknowledged = Bestätigt von { $by }.
acknowledged-note = Bestätigt von { $by }: „{ $note }“.
acknowledged-change = Bestätigt von { $by } (Change { $change }).
acknowledged-note-change = Bestätigt von { $by }: „{ $note }“ (Change { $change }).
snoozed = { $by } möchte { $until } erinnert werden.
planned-by-hours = Von selbst geplant für { $at }, in den Wartungszeiten { $hours }.
planned-by = Geplant von { $by } für { $at }.
waits = Wartet: { $why }.
started-by = Gestartet von { $by }, { $at }.
phase-unanswered = Der Start wurde gesendet, und Azure hat noch nicht geantwortet. Er wird nicht erneut gesendet.
phase-running-since = Azure arbeitet daran seit { $at }.
phase-running = Azure arbeitet daran.
phase-recovering = Azure meldet, dass es fertig ist; die VM zeigt es noch nicht.
phase-not-known = Was daraus wurde, ist seit { $at } nicht bekannt. Bis Azure es sagt, die VM wieder gestartet werden kann oder ihr Zeitfenster endet, wird nichts anderes aus ihrer Gruppe gestartet.
took = Azure arbeitete daran von { $from } bis { $until } ({ $length }).
less-than-a-minute = weniger als eine Minute
corrects-not-known = Berichtigung: Wir sagten, der Ausgang sei nicht bekannt.
corrects-done = Berichtigung: Wir sagten, es sei fertig; Azure sagt, dass es das nicht war.
corrects-failed = Berichtigung: Wir sagten, es sei fehlgeschlagen; Azure sagt, dass es fertig ist.
start-of = Gestartet von { $by }, { $at }: { $what }
ended-well = fertig, und die VM läuft wieder.
ended-unseen = fertig, doch innerhalb einer halben Stunde lief die VM nicht erkennbar. Sehen Sie nach.
ended-unconfirmed = Azure meldet, dass es fertig ist; die VM zeigt es noch nicht. Sehen Sie im Azure-Portal nach.
ended-retry-until = Azure konnte es da nicht; ein neuer Versuch ist bis { $until } möglich.
ended-retry-later = Azure konnte es da nicht; ein neuer Versuch ist möglich, sobald Azure ihn annimmt, bis { $until }.
ended-retry = Azure konnte es da nicht; ein neuer Versuch ist möglich.
ended-skipped = Azure hat abgebrochen, lässt die VM im eigenen Zeitfenster aus und plant neue Termine.
ended-forbidden = Azure erlaubt den Start nicht ({ $code }). { $hint }
hint-portal = Im Azure-Portal lässt sie sich starten.
hint-policy = Eine Richtlinie Ihrer Organisation verbietet es: Bitten Sie um eine Ausnahme, und starten Sie dann erneut.
hint-lock = Eine Sperre auf der VM oder darum herum verbietet es: Entfernen Sie sie, starten Sie die VM, und setzen Sie sie wieder.
ended-refused = Azure hat abgelehnt ({ $code }).
ended-not-begun-planned = Der Start, den { $by } für { $at } geplant hatte, hat nicht begonnen: { $why }.
ended-not-begun = Der Start von { $by }, { $at }, hat nicht begonnen: { $why }.
ended-called-off = Der Start, den { $by } für { $at } geplant hatte, wurde abgesagt. Es ist nichts geschehen.
ended-never-received = Azure hat ihn nie erhalten. Es ist nichts geschehen; ein neuer Start ist möglich.
ended-gone = die VM gibt es nicht mehr.
ended-not-known = der Ausgang ist nicht bekannt. { $now }
released-status = Die VM selbst lässt einen neuen Start zu, also ist er möglich.
released-window = Ihr Zeitfenster ist vorbei.
released-operator = { $name } sagt, dass nichts mehr läuft.
ended-unknown = der Ausgang war innerhalb von sechs Stunden nicht zu ermitteln. Sehen Sie im Azure-Portal nach.

## Was andere erfahren haben

told-on = benachrichtigt { $moments }
reminded-on = erinnert { $moments }
escalated-on = über die ausgebliebene Reaktion benachrichtigt { $moments }
was-told = { $name }: { $what }.
moment-and = { $first } und { $second }

## Genannte Wartungszeiten

scope-group = die Ressourcengruppe { $group }
scope-everything = alles, was Ihnen gehört
scope-everything-theirs = alles Eigene
scope-this = diese VM
hours-from = { $hours }: { $sources }
source-page = { $who } hat sie { $day } für { $what } genannt
source-for = { $by } für { $of }
source-tag = das Tag { $tag } der VM nennt sie
source-configuration = die Konfiguration nennt sie für { $of }

## Ob es von selbst beginnt

next-planned = beginnt { $at }, wie geplant
next-expected = beginnt von selbst { $at }; geplant wird das mit dem nächsten Blick auf Azure, wenn sich nichts ändert
next-not = beginnt nicht von selbst: { $why }
it-sentence = Sie { $what }.
not-loses = ein Start kostet Daten, und dem wird für jeden Start einzeln zugestimmt. { $loss }
not-left = das bleibt besser Azure überlassen. { $advice }
not-startable = Verantwortliche können nicht mehr starten, also tut es Azure
not-hours = keine der Zeiten liegt in der Self-Service-Phase von { $from } bis { $until }. Nennen Sie Zeiten darin, oder starten Sie zu einer eigenen Zeit
not-common = kein Zeitpunkt passt allen Verantwortlichen, die Zeiten genannt haben. Einigen Sie sich, oder starten Sie zu einer eigenen Zeit
not-notice = der letzte Zeitpunkt darin, { $at }, ist weniger als einen Tag entfernt, und ein Start wird einen Tag vorher angekündigt. Starten Sie dann selbst
not-crowded = andere Starts belegen alle Zeiten. Nennen Sie mehr Zeiten, oder starten Sie zu einer eigenen Zeit
not-handed-over = es wurde übergeben, und das ist noch nicht angenommen

## Was kommt, wenn niemand handelt

coming-planned = Wenn niemand widerspricht, beginnt es { $at }.
coming-azure = Wenn niemand handelt, tut es Azure irgendwann zwischen { $from } und { $until }; ein Neustart dauert meist etwa { $minutes } Minuten.
coming-new-dates = Azure lässt dieses Zeitfenster aus und plant neue Termine.
coming-passed = Der letzte von Azure genannte Termin ist { $at } verstrichen; was daraus wurde, ist nicht bekannt.
coming-unknown = Azure hat nicht gesagt, wann es geschieht.
overlap = { $names } gehören zum Cluster „{ $cluster }“. Azure weiß das nicht: Wenn niemand handelt, startet es zwischen { $from } und { $until } vielleicht mehr als eine davon zugleich neu. Starten Sie sie vorher nacheinander, damit immer eine läuft.

## Die Zusammenfassung, und das Ende einer Welle

summary-subject-none = Wartung diese Woche: nichts geplant
summary-subject-answered = Wartung diese Woche: { $machines } stehen an, alle beantwortet
summary-subject-silent = Wartung diese Woche: { $machines } stehen an, { NUMBER($silent) } ohne Antwort
summary-none = Derzeit ist keine Wartung geplant
summary-answered = { $machines } stehen an, alle beantwortet
summary-silent = { $machines } stehen an, { NUMBER($silent) } ohne Antwort
summary-done-none = In den letzten fünf Wochen wurde keine VM fertig.
summary-done = { $count ->
    [one] In den letzten fünf Wochen wurde { $count } VM fertig.
   *[other] In den letzten fünf Wochen wurden { $count } VMs fertig.
}
summary-ahead-none = Wenn niemand handelt, startet Azure in den nächsten zwei Wochen keine davon neu.
summary-ahead-two = Wenn niemand handelt, startet Azure in den nächsten zwei Wochen vielleicht { $machines } neu.
summary-ahead-one = Wenn niemand handelt, startet Azure in der nächsten Woche vielleicht { $machines } neu.
summary-ahead-both = Wenn niemand handelt, startet Azure in der nächsten Woche vielleicht { $machines } neu, und { NUMBER($two) } in den nächsten zwei.
summary-told = Sie müssen nichts tun: Die Verantwortlichen sind benachrichtigt.
summary-unread = { $count ->
    [one] { $count } VM konnte seit { $since } nicht gelesen werden: Was zu ihr gesagt ist, ist der Stand von damals.
   *[other] { $count } VMs konnten seit { $since } nicht gelesen werden: Was zu ihnen gesagt ist, ist der Stand von damals.
}
summary-heading = Wie es steht
summary-heading-silent = Wer nicht geantwortet hat
summary-heading-restarts = Was Azure neu startet, wenn niemand handelt
summary-responsible = Verantwortlich
summary-column = { $column ->
    [unanswered] ohne Antwort
    [acknowledged] bestätigt
    [planned] geplant
    [left] Azure überlassen
   *[done] fertig
}
summary-count = { NUMBER($count) } { $column }
summary-all = Zusammen
summary-more-teams = { $more ->
    [one] und { $more } weiteres Team
   *[other] und { $more } weitere Teams
}
summary-more-silent = und { NUMBER($more) } weitere, die nicht geantwortet haben
summary-silenced = stummgeschaltet
summary-line = { $machines }; die erste lässt sich bis { $until } starten
summary-at-any-moment = Irgendwann bis { $until }
summary-between = Irgendwann zwischen { $from } und { $until }
name-beside = { $name } ({ $beside })
wave-over = Nichts zu tun: Die Wartung Ihrer { $machines } ist vorbei
wave-done-all = Fertig: alle Ihre { $machines }
wave-done = Fertig: { NUMBER($done) } Ihrer { $machines }, und es bleibt nichts zu tun
wave-none-left = Nichts zu tun: Keine Ihrer { $machines } ist noch bei Ihnen
wave-done-others = { $others ->
    [one] Fertig: { NUMBER($done) } Ihrer { $machines }; { $others } ist bei anderen
   *[other] Fertig: { NUMBER($done) } Ihrer { $machines }; { $others } sind bei anderen
}
wave-lead = Das war die letzte von { $machines }, die Ihnen angekündigt wurden: { $parts }.
wave-part = { $part ->
    [people] { NUMBER($count) } von Ihnen oder aus Ihrem Team gestartet
    [azure] { NUMBER($count) } von Azure neu gestartet
    [cancelled] { NUMBER($count) } von Azure abgesagt
    [gone] { NUMBER($count) } nicht mehr geplant
   *[others] { NUMBER($count) } jetzt bei anderen
}
wave-thanks = Es bleibt nichts zu tun. Danke, dass Sie selbst gestartet haben.
wave-end-yours = Für Sie bleibt nichts zu tun.
wave-thanks-yours = Für Sie bleibt nichts zu tun. Danke, dass Sie Ihre selbst gestartet haben.

## Berichte und Übungen

coverage-subject = { $missing ->
    [one] { $missing } von { $machines } ohne Verantwortliche
   *[other] { $missing } von { $machines } ohne Verantwortliche
}
coverage-more = { $subject }, { NUMBER($change) } mehr als vor einer Woche
coverage-fewer = { $subject }, { NUMBER($change) } weniger als vor einer Woche
coverage-same = { $subject }, wie vor einer Woche
coverage-none = Jede VM hat Verantwortliche
coverage-lead = Geben Sie diesen VMs Verantwortliche: Kein Tag und keine Route nennt sie für { NUMBER($missing) } von { $machines }, und von deren Wartung erfährt außer Ihnen niemand. Dieser Bericht kommt wöchentlich, solange es welche gibt.
coverage-how = Nennen Sie Verantwortliche in einem Tag an der VM, ihrer Ressourcengruppe oder ihrem Abonnement, oder nehmen Sie eine Route in die Konfiguration auf.
unowned-heading = VMs ohne Verantwortliche
number-subscriptions = Lesbare Abonnements
number-planned = VMs mit geplanter Wartung
number-owned = VMs mit Verantwortlichen
number-unowned = VMs ohne Verantwortliche
number-recipients = Personen und Kanäle, die benachrichtigt werden
number-machines = VMs
go-live-headline = Der Wartungs-Benachrichtigungsdienst ist in Betrieb
go-live-subject-none = Azure-Wartungsdienst ist in Betrieb: derzeit nichts geplant
go-live-subject = Azure-Wartungsdienst ist in Betrieb: { $machines } mit geplanter Wartung, { NUMBER($missing) } ohne Verantwortliche
subscriptions = { $count ->
    [one] { $count } Abonnement
   *[other] { $count } Abonnements
}
go-live-bare = Ab jetzt erfahren Verantwortliche von geplanten Wartungen ihrer VMs.
go-live-none = Azure plant in { $subscriptions } derzeit keine Wartung. Sobald sich das ändert, erfahren es die Verantwortlichen.
go-live-owned = Azure plant Wartung für { $machines } in { $subscriptions }. Alle haben Verantwortliche, die es jetzt erfahren.
go-live-missing = Geben Sie { NUMBER($missing) } von { $machines } Verantwortliche: Bis dahin erfahren Sie es an deren Stelle. Azure plant die Wartung in { $subscriptions }; die Verantwortlichen der anderen erfahren es jetzt.
heartbeat-none = Azure-Wartung: derzeit ist nichts geplant
heartbeat-unread = Azure-Wartung: { $machines } lange nicht gelesen
heartbeat-open = Azure-Wartung: { $machines } noch offen
heartbeat-why = Dieser Kanal erfährt von geplanten Wartungen. In ruhigen Zeiten kommt monatlich eine Karte wie diese und zeigt, dass der Weg hierher noch funktioniert.
drill-subject = ÜBUNG: Erreichen Sie Nachrichten über Azure-Wartung?
drill-lead = Bitte bestätigen Sie den Empfang. Das ist eine ÜBUNG: Keine VM ist betroffen, und ohne Bestätigung nehmen wir an, dass die Nachricht Sie nicht erreicht hat.
drill-lead-bare = Das ist eine ÜBUNG: Keine VM ist betroffen, und es ist nichts zu tun.
drill-button = Ich habe sie erhalten
drill-detail = Ein Klick auf jener Seite bestätigt, dass diese Übung Sie erreicht hat. Sonst tut er nichts.

## Kalender

calendar-cancelled = Abgesagt: Azure-Wartung von { $whom }
calendar-planned-loss = Azure-Wartung beginnt wie geplant, und Daten gehen verloren: { $whom }
calendar-planned = Azure-Wartung beginnt wie geplant: { $whom }
calendar-last-chance = Letzte Gelegenheit, eine Zeit zu wählen: Azure-Wartung von { $whom }
calendar-may-begin = Azure-Wartung kann beginnen: { $whom }
calendar-nothing = Zu dieser Zeit ist nichts mehr zu tun.
calendar-begins = { $at } beginnt die Wartung von selbst, wie geplant. Bis dahin kann sie absagen, wer etwas dagegen hat.
calendar-self-service = Die Wahlmöglichkeit endet { $at }. Was bis dahin nicht gestartet ist, startet Azure irgendwann in seinem eigenen Zeitfenster neu.
calendar-azure = Ab { $at } führt Azure die Wartung durch, irgendwann.
calendar-details = Einzelheiten stehen in der Mail, die mit diesem Eintrag kam.
feed-title = Geplante Wartung Ihrer Azure-VMs
feed-add = Ihre Termine in einen Kalender aufnehmen
feed-with-names = mit den Namen der VMs
feed-as-atom = als Atom-Feed
feed-where = Welche VMs es sind, steht in Ihrer neuesten Nachricht.

## Was Betreiber ansehen sollten

problems = { $count ->
    [one] Benachrichtigungsdienst: { $count } Problem
   *[other] Benachrichtigungsdienst: { $count } Probleme
}
problem = Benachrichtigungsdienst: { $title }
problems-none = Benachrichtigungsdienst: nichts zu beanstanden
starts-ended = { $count ->
    [one] Wie ein Start ausging
   *[other] Wie { $count } Starts ausgingen
}
notes = { $count ->
    [one] Ein Hinweis
   *[other] { $count } Hinweise
}
mutes-end = { $count ->
    [one] { $count } Stummschaltung endet bald
   *[other] { $count } Stummschaltungen enden bald
}
alike = { $title } und { NUMBER($more) } weitere dieser Art
alike-names = Dasselbe gilt für { $names }.
scope-subscription = Abonnement { $subscription }
scope-resource-group = Ressourcengruppe { $group } (Abonnement { $subscription })
in-group = { $name } in { $group }
alert-no-rights = { $scope } ist nicht mehr lesbar
alert-gone = { $scope } gibt es nicht mehr
alert-in-part = { $scope } ist nur zum Teil bekannt
alert-no-answer = { $scope } konnte nicht gelesen werden
alert-unreadable = Unlesbar: { $what }
alert-in-doubt = Eine Nachricht hat { $recipient } vielleicht nicht erreicht
alert-chat = Der Teams-Flow, der an Personen schreibt, nimmt keine Karten an
alert-undeliverable = { $recipient } ist nicht erreichbar
alert-look-up = Verantwortliche lassen sich in { $service } nicht nachschlagen
alert-service = Störung bei { $service }
alert-refused-owner = Verantwortliche von { $resource } abgelehnt
alert-configuration = Die Konfiguration ist nicht verwendbar
alert-unanchored = Das Protokoll der Starts lässt sich nicht verankern
alert-no-starts = Wartungen in { $scope } lassen sich nicht aus Nachrichten starten
alert-start-not-known = Es ist nicht bekannt, was aus dem Start von { $resource } wurde
alert-start-ended = Der Start von { $resource } auf der Befehlszeile ist zu Ende
alert-stale = Azure seit { $since } nicht erreichbar
alert-passed = Termine verstrichen, nichts bekannt: Wartung von { $machines }
alert-elsewhere = { $count ->
    [one] Von Azure angekündigt, an der VM nicht zu sehen
   *[other] Von Azure angekündigt, an den VMs nicht zu sehen
}
alert-held = { $count ->
    [one] { $count } Nachricht ist angehalten: weit mehr als üblich
   *[other] { $count } Nachrichten sind angehalten: weit mehr als üblich
}
alert-repeats = Eine Nachricht an { $recipient } ist angehalten
alert-mute-ends = Ihre Stummschaltung für { $scope } endet bald
alert-silence-ends = Eine Stummschaltung der Konfiguration endet bald: „{ $reason }“
alert-poisoned = Eine Nachricht für { $function } ist endgültig gescheitert
detail-no-rights = Darin endet oder ändert sich nichts, bis es wieder lesbar ist. Prüfen Sie dort die Rollenzuweisung des Benachrichtigungsdienstes.
detail-gone = Es wurde gelöscht oder in einen anderen Mandanten verschoben; es fehlt keine Rolle. Offene Wartungen werden gemeldet, wie sie zuletzt gelesen wurden, bis ihre Termine verstreichen. Wurde es verschoben, lassen Sie es dort beobachten; nennt es NOTIFIER_SUBSCRIPTIONS, nehmen Sie es heraus.
detail-in-part = Was bekannt ist, wird gemeldet, wie es ist; wen nur der fehlende Teil nennt, erfährt nichts.
detail-no-answer = Darin endet oder ändert sich einstweilen nichts, und jeder Blick fragt erneut: Es fehlt keine Rolle.
detail-unreadable = Der Datensatz wurde beiseitegelegt; alles andere wurde verarbeitet.
detail-in-doubt = Senden an { $endpoint }: { $error } Es wird nichts weiter versucht, da jeder Versuch eine weitere Kopie sein kann. Die nächste Nachricht sagt, dass eine fehlen kann. Siehe `maintenance-notifier outbox`, und `outbox retry ID --even-if-in-doubt`, um sie trotzdem zu senden.
detail-teams = Posten an { $endpoint } ist gescheitert: { $error } Die Mailadressen werden wie zuvor benachrichtigt, ohne solche die Auffangadresse. Schalten Sie den Flow in Power Automate wieder ein, oder legen Sie einen neuen an und tragen Sie seine Adresse in die Konfiguration ein: Eine neue Adresse gilt sofort, die alte wird wöchentlich wieder versucht.
detail-chat = { $error } Personen werden wie immer per Mail benachrichtigt. Schalten Sie den Flow in Power Automate wieder ein, oder legen Sie einen neuen an und tragen Sie seine Adresse als owners.person_webhook ein; die nächste Nachricht versucht es erneut.
detail-undeliverable = Senden an { $endpoint } ist endgültig gescheitert: { $error } Stattdessen wird die Auffangadresse benachrichtigt. Berichtigen Sie die Adresse, das Tag, das sie nennt, oder den Flow.
detail-look-up = { $error } Es gelten die letzten Antworten; nie nachgeschlagene Namen gelten, wie sie dastehen.
detail-service = { $error } Nachrichten warten und werden erneut versucht; prüfen Sie die Einrichtung.
detail-configuration = { $problem } Die letzte gültige Konfiguration bleibt in Kraft, bis sie berichtigt ist. `maintenance-notifier check` nennt alles, was falsch ist.
detail-unanchored = { $error } Starts gehen weiter und werden aufgezeichnet; bis das wieder geht, kann aber niemand zeigen, dass das Protokoll nicht neu geschrieben wurde. Prüfen Sie NOTIFIER_AUDIT_CONTAINER und die Rolle der Identität der App für diesen Container.
detail-no-starts = { $error } Seiten führen dort einen Tag lang ins Azure-Portal; dann wird es erneut versucht. Geben Sie der startenden Identität dort die Rolle, oder schreiben Sie start.enabled = false.
detail-start-not-known = Seit { $since } ist ein Tag ohne ein Wort von Azure vergangen. Nichts anderes aus derselben Verfügbarkeitsgruppe, Skalierungsgruppe, demselben Cluster oder rollierenden Plan wird gestartet, und auch diese VM nicht, bis Azure den Ausgang nennt, die VM selbst einen neuen Start zulässt oder ihr Zeitfenster endet. Wenn Sie wissen, dass nichts mehr läuft: `maintenance-notifier start { $resource } --release`.
detail-stale = Der letzte Erfolg war { $since }. Neue Wartungen bleiben unbemerkt, bis es wieder geht. Sehen Sie in das Protokoll der Funktion CollectMaintenance.
detail-passed = { $names } im Abonnement { $subscription }: Der letzte Termin ist { $until } verstrichen, und Azure hat nicht gesagt, was aus der Wartung wurde. Prüfen Sie, ob seit Beginn des Zeitfensters neu gestartet wurde; `maintenance-notifier explain NAME` sagt, was zu jeder bekannt ist.
detail-elsewhere = { $names } im Abonnement { $subscription }: Azure hat vor einem Tag Wartung{ $under }{ $when } angekündigt, und die Instanzansicht zeigt nichts. Die Verantwortlichen erfahren das einmal. Sehen Sie das Ereignis in Service Health an; VMs, die seither angehalten, verschoben oder neu bereitgestellt wurden, brauchen sie vielleicht nicht mehr.
elsewhere-ids = { " " }({ $ids })
detail-held = { $waiting ->
    [one] { $waiting } Nachricht wartete auf ihren ersten Versand, nach { NUMBER($sent) } in den 24 Stunden davor; üblich sind { NUMBER($usual) } am Tag, und { NUMBER($allowed) } gehen ohne Rückfrage.
   *[other] { $waiting } Nachrichten warteten auf ihren ersten Versand, nach { NUMBER($sent) } in den 24 Stunden davor; üblich sind { NUMBER($usual) } am Tag, und { NUMBER($allowed) } gehen ohne Rückfrage.
}
detail-held-end = Solche mit einer Frist innerhalb von 72 Stunden gehen trotzdem, jede der anderen, sobald ihre Frist so nah ist. `maintenance-notifier outbox` zeigt sie; `maintenance-notifier outbox release` gibt sie frei.
detail-too-many = Es wäre die siebte innerhalb einer Stunde. Was später kommt, geht mit hinein, und sie geht hinaus, wenn die Stunde um ist.
detail-told-before = Alles darin wurde schon gesagt.
detail-repeats = { $why } Das sollte nicht vorkommen: Bitte melden Sie es. `maintenance-notifier outbox` zeigt sie; `maintenance-notifier outbox retry { $message }` sendet sie trotzdem.
detail-mute-asked = Sie haben sie { $day } gewünscht: „{ $reason }“.
detail-mute-ends = Sie endet { $until }.
detail-mute-again = Wer sie länger braucht, sagt es noch einmal, mit dem Link in einer Nachricht zu diesen VMs.
detail-silence-again = Wer sie länger braucht, ändert ihr Ende in der Konfiguration.
underneath-none = Darunter ist keine Wartung offen.
underneath = { $count ->
    [one] Darunter ist { $count } Wartung offen: { $names }.
   *[other] Darunter sind { $count } Wartungen offen: { $names }.
}
detail-poisoned = Sie ist aufbewahrt: { $payload } Den Grund nennt das Protokoll der Funktion; `maintenance-notifier outbox` zeigt sie, und wie sie zurückzulegen ist.

## Warum ein Start nicht beginnt

refused-start-disabled = von hier lässt sich nichts starten; nutzen Sie das Azure-Portal
refused-start-paused = die Betreiber dieses Dienstes haben Starts ausgesetzt
refused-start-over = diese Wartung ist vorbei
refused-start-kind = Azure kann die Wartung einer Ressource dieser Art nicht starten lassen
refused-start-tenant = die VM gehört zu einem anderen Mandanten, in dem von hier nichts gestartet wird; nutzen Sie das Azure-Portal, dort angemeldet
refused-start-moved = die Termine haben sich seit dieser Entscheidung geändert
refused-start-not-allowed = Azure nimmt derzeit keinen Start dieser VM an
refused-start-unsaid = Azure sagt nicht, ob es derzeit einen Start dieser VM annimmt
refused-start-outside = die Zeit liegt außerhalb des Zeitfensters, in dem Azure den Start erlaubt
refused-start-loss = er löscht den Betriebssystemdatenträger, der auf dem Host liegt, und dem hat für diese VM niemand zugestimmt
refused-start-perhaps-loss = er löscht vielleicht den Betriebssystemdatenträger, da nicht zu lesen war, ob der auf dem Host liegt, und dem hat für diese VM niemand zugestimmt
refused-start-not-running = die VM läuft nicht, und die Wartung berührt sie nicht; Azure startet sie nur für laufende VMs
refused-start-gap = ein anderes Mitglied ihrer Gruppe wurde gerade gestartet
refused-start-limit = zuletzt gab es so viele Starts, wie die Betreiber erlauben
refused-start-open = ein Start dieser VM ist bereits geplant oder läuft
refused-start-hours = die Wartungszeiten, die zu diesem Start führten, haben sich geändert oder verstrichen, während er wartete
refused-start-own-rights = gestartet wird mit den Rechten der Person, die klickt, und bei einem geplanten Start klickt niemand
refused-start-not-theirs = wer das entschieden hat, ist für die VM nicht mehr verantwortlich
refused-start-plan-paused = der rollierende Plan, zu dem er gehört, wurde von { $by } angehalten
refused-start-plan-cancelled = der rollierende Plan, zu dem er gehört, wurde von { $by } abgebrochen
refused-start-plan-stopped = der rollierende Plan, zu dem er gehört, wurde angehalten, weil { $name } es nicht gut überstanden hat
refused-start-plan-late = er kam im rollierenden Plan nicht rechtzeitig an die Reihe und wird neu geplant
refused-start-too-late = er konnte nicht rechtzeitig beginnen: { $why }
refused-start-not-run = dieser Dienst lief zu dem Zeitpunkt nicht
refused-start-gone = die VM gibt es nicht mehr
refused-start-starting = die VM startet gerade
refused-start-not-now = Azure konnte es in diesem Moment nicht ({ $code }: { $message })
refused-start-not-permitted = Azure erlaubt den Start nicht ({ $code }: { $message })
refused-start-pilot = in einer Pilotphase wird nur für Teilnehmende gestartet
refused-start-no-room = andere Starts sind vorher geplant, und für diesen bleibt kein Platz
refused-start-unseen = Azure sagt nicht, in welchem Zustand die VM ist
not-silent = derzeit werden keine Nachrichten gesendet, sodass niemand widersprechen könnte
