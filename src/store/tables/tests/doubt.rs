//! What became of a write whose answer was lost, or that was refused without cause.

use super::*;

#[tokio::test]
async fn recognizes_its_own_write_whose_answer_was_lost() {
    let lost = || always(error(500, "InternalError", "the answer is lost"));
    for (write, refusal) in [
        (insert("r"), error(409, "EntityAlreadyExists", "The specified entity already exists.")),
        (replace("r"), error(412, "UpdateConditionNotSatisfied", "The update condition was not satisfied.")),
    ] {
        let ours = Box::new(|asked: &[Seen]| entity_of("r", &mark_of(&asked[0]), r#"W/"7""#).into());
        let scripted = Scripted::new(vec![lost(), always(refusal), ours]).await;
        assert_eq!(scripted.write(vec![write]).await.unwrap(), [etag(r#"W/"7""#)]);
        let seen = scripted.fake.seen();
        assert_eq!(mark_of(&seen[0]), mark_of(&seen[1]), "it is the same write");
        assert_eq!(seen.len(), 3);
    }
}

#[tokio::test]
async fn says_that_it_does_not_know_when_somebody_else_wrote_meanwhile() {
    let refusal =
        || always(error(412, "UpdateConditionNotSatisfied", "The update condition was not satisfied."));
    let scripted = Scripted::new(vec![
        always(error(500, "InternalError", "the answer is lost")),
        refusal(),
        always(entity_of("r", "of somebody else", r#"W/"7""#)),
    ])
    .await;
    let doubt = scripted.write(vec![replace("r")]).await.unwrap_err();
    assert!(doubt.is_transient() && !doubt.is_conflict());
    insta::assert_snapshot!(full(&doubt).replace(&scripted.fake.url("/").port().unwrap().to_string(), "PORT"), @"the store 127.0.0.1/teststate is not available just now; it is tried again later: an answer was lost, and whether the write happened cannot be told: HTTP 412 UpdateConditionNotSatisfied: The update condition was not satisfied.");

    // Throttling is no lost answer: the write did not happen, and the conflict is a plain one.
    let scripted = Scripted::new(vec![always(error(429, "TooManyRequests", "later")), refusal()]).await;
    assert!(scripted.write(vec![replace("r")]).await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn recognizes_its_own_batch_whose_answer_was_lost() {
    let ours = |asked: &[Seen]| {
        let name = if asked.last().unwrap().path.contains("%27a%27") { "a" } else { "b" };
        entity_of(name, &mark_of(&asked[0]), &format!(r#"W/"{name}""#)).into()
    };
    let conflict = || always(batch_error(412, "UpdateConditionNotSatisfied", "1:The update condition"));
    let batch = || vec![insert("a"), replace("b"), delete("c")];
    let garbled = always((202, "--b\r\n\r\nhalf an answ"));
    let scripted = Scripted::new(vec![garbled, conflict(), Box::new(ours), Box::new(ours)]).await;
    let etags = scripted.write(batch()).await.unwrap();
    assert_eq!(etags, [etag(r#"W/"a""#), etag(r#"W/"b""#), None]);

    // Only one of the rows is still as we left it. That is proof enough, and whoever goes on from the other is in conflict.
    let theirs = || always(entity_of("b", "of somebody else", r#"W/"7""#));
    let lost = || always(batch_error(500, "OperationTimedOut", "0:The operation could not be completed"));
    let gone = || always(error(404, "ResourceNotFound", "The specified resource does not exist."));
    let scripted = Scripted::new(vec![lost(), conflict(), Box::new(ours), theirs(), gone()]).await;
    let etags = scripted.write(batch()).await.unwrap();
    assert_eq!((&etags[0], &etags[2]), (&etag(r#"W/"a""#), &None));
    let stale = Write::Replace { row: row("b"), value: "2".to_owned(), etag: etags[1].clone().unwrap() };
    assert!(scripted.write(vec![stale]).await.unwrap_err().is_conflict());

    // None of them is: nobody knows.
    let others = always(entity_of("a", "of somebody else", r#"W/"7""#));
    let scripted = Scripted::new(vec![lost(), conflict(), others, theirs(), gone()]).await;
    assert!(scripted.write(batch()).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_settled_by_what_is_there() {
    let lost = || always(error(500, "InternalError", "the answer is lost"));
    let gone = || always(error(404, "ResourceNotFound", "The specified resource does not exist."));
    let changed =
        || always(error(412, "UpdateConditionNotSatisfied", "The update condition was not satisfied."));
    let theirs = || always(entity_of("r", "of somebody else", r#"W/"7""#));
    let delete_if = || Write::Delete { row: row("r"), etag: etag(r#"W/"0""#) };

    for write in [delete_if(), delete("r")] {
        let scripted = Scripted::new(vec![lost(), gone(), gone()]).await;
        assert_eq!(scripted.write(vec![write]).await.unwrap(), [None]);
    }
    let scripted = Scripted::new(vec![lost(), changed(), theirs()]).await;
    assert!(scripted.write(vec![delete_if()]).await.unwrap_err().is_conflict());
    // Nobody lost an answer: it is gone because somebody else took it.
    let scripted = Scripted::new(vec![gone(), gone()]).await;
    assert!(scripted.write(vec![delete_if()]).await.unwrap_err().is_conflict());
    // Several at once.
    let several = || always(batch_error(404, "ResourceNotFound", "0:The specified resource does not exist."));
    let scripted = Scripted::new(vec![lost(), several(), gone(), gone()]).await;
    let both = vec![delete_if(), Write::Delete { row: row("s"), etag: etag(r#"W/"0""#) }];
    assert_eq!(scripted.write(both).await.unwrap(), [None, None]);
}

#[tokio::test]
async fn a_refusal_without_cause_is_no_conflict() {
    let changed =
        || always(error(412, "UpdateConditionNotSatisfied", "The update condition was not satisfied."));
    let as_read = || always(entity_of("r", "of before", r#"W/"0""#));
    let scripted = Scripted::new(vec![changed(), as_read(), always(written(r#"W/"1""#))]).await;
    assert_eq!(scripted.write(vec![replace("r")]).await.unwrap(), [etag(r#"W/"1""#)]);

    // Azure repeats requests of its own, too: the refusal is the answer to the repetition.
    let ours = || Box::new(|asked: &[Seen]| entity_of("r", &mark_of(&asked[0]), r#"W/"7""#).into()) as Script;
    let scripted = Scripted::new(vec![changed(), ours(), ours()]).await;
    assert_eq!(scripted.write(vec![replace("r")]).await.unwrap(), [etag(r#"W/"7""#)]);

    // Whoever refuses for ever is believed in the end.
    let again = || vec![changed(), as_read()];
    let scripted = Scripted::new((0..9).flat_map(|_| again()).collect()).await;
    assert!(scripted.write(vec![replace("r")]).await.unwrap_err().is_conflict());
    assert_eq!(scripted.fake.seen().len(), 8);
}
