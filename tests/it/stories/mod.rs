//! Stories: tables that an operator can read, played to the whole program over weeks of simulated time.
//!
//! A row is a moment and what happens then, or two moments and what has to be heard between them:
//!
//! ```text
//! Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
//! Mon 23 Nov 12:00 .. 16:00 | jane hears announced vm-web-01
//! Tue 24 Nov 20:10          | Azure moves vm-web-01 by 1d
//!            23:10          | Azure moves vm-web-01 by -1d
//! Wed 25 Nov 12:00          | jane acknowledges vm-web-01
//! Fri 27 Nov 18:00          | the end
//! ```
//!
//! Moments are Berlin's. A story begins on Monday, 23 November 2026, at 10:00, with a tenant in which nothing is planned;
//! a row without a day is on the day of the row above. Azure is looked at at every full hour. Whoever is named in a
//! story, *everything* that they get has to be in it: a mail that no row expects fails the story like a row that no mail
//! fulfils, and the same goes for starts. What the fallback gets counts once a row says that `platform` hears of a
//! machine; operator alerts count where a row names them.
//!
//! | Azure | |
//! |---|---|
//! | `Azure plans M of jane and mei` | self-service until Wed 2 Dec 10:00, Azure's window from Sat 5 Dec 10:00 for a week; jane is `jane@contoso.com` |
//! | `…, own until Fri 4 Dec 10:00, azure from Mon 7 Dec 10:00 until Tue 8 Dec 10:00` | other dates; `own from …`, `without own` |
//! | `Azure moves M by -1d` | both windows; also `90m`, `3h` |
//! | `Azure shows nothing of M`, `Azure shows M again` | the machine's own status |
//! | `Azure calls M off`, `Azure says M is completed`, `… aborted`, `… to be retried later` | |
//! | `Azure takes no start of M`, `Azure takes a start of M`, `Azure decides by its dates whether M can be started` | |
//! | `Azure ends the next start of M as failed`, `… to be retried later`, `… aborted`, `… never` | |
//! | `Azure deletes M`, `Azure makes M anew of jane`, `Azure brings M to the group rg-other`, `Azure brings M to another subscription` | another or the same `vmId` |
//! | `Azure refuses the next start of M with 409 OperationNotAllowed` | |
//! | `Azure loses the next start of M`, `Azure loses the answer to the next start of M` | it never arrives, or it begins |
//! | `Azure disables the subscription`, `Azure enables the subscription`, `Azure deletes the subscription`, `Azure restores the subscription` | |
//! | `Azure lets nothing be read`, `Azure lets everything be read` | 403 for all of the subscription |
//! | `M is stopped`, `M is deallocated`, `M runs`, `M is shut down daily` | |
//! | `M belongs to mei and sam`, `M belongs to nobody` | its tag |
//!
//! | people | |
//! |---|---|
//! | `jane acknowledges M`, `jane snoozes M until Fri 27 Nov 10:00` | |
//! | `jane plans M for Sat 28 Nov 22:00`, `jane starts M`, `jane calls M off` | |
//! | `jane hands M to mei`, `mei takes M`, `jane disowns M`, `jane takes M back` | |
//! | `jane mutes M until Fri 4 Dec 10:00`, `jane unmutes M` | |
//! | `jane cannot acknowledge M`, `jane cannot start M` | it is refused |
//!
//! | what breaks | |
//! |---|---|
//! | `mail refuses jane`, `mail defers jane`, `mail takes jane`, `mail defers everybody`, `mail takes everybody` | |
//! | `the program is down`, `the program is up`, `the program restarts` | |
//! | `the configuration is NAME` | one of those given beside the table |
//!
//! | what is expected | |
//! |---|---|
//! | `A .. B \| jane hears announced M, reminder N` | one mail with exactly this; `jane hears the weekly line` has no machine |
//! | `A .. B \| jane reads "…"` | in that mail; after the row above, like `jane does not read "…"` |
//! | `A .. B \| channel team hears planned M` | a card |
//! | `A .. B \| M is started` | one start reaches Azure |
//! | `A .. B \| platform hears operator alert KIND` | |
//! | `jane's page says "…"`, `jane's page does not say "…"` | behind the link of her newest mail |
//! | `jane's surfaces agree on M` | page, `windows`, calendar and newest mail say of a planned start what is so |
//! | `M of jane is acknowledged`, `M of jane is not acknowledged` | the answer counts |
//! | `jane's calendar is empty`, `jane's calendar has M on Wed 2 Dec 09:30` | |
//! | `health is green`, `health is red: CODE` | |
//! | `the end` | and nothing else was heard until then |

mod acts;
mod ages;
mod azure;
mod calm;
mod crossed;
mod hand_overs;
mod heard;
mod lives;
mod machines;
mod moment;
mod moving_dates;
mod outcomes;
mod people;
mod play;
mod reached;
mod read;
mod responsible;
mod seen;
mod starters;
mod starting;
mod surfaces;
mod table;
mod told_once;

pub(crate) use play::{Story, tell};
