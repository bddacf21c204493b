//! Multipart uploads: complete, or no part is left.

use super::*;

#[tokio::test]
async fn a_large_file_is_uploaded_in_parts() {
    let s3 = S3::start().await;
    let tiers = Tiers::patient(&s3);
    let bytes = noise(25, 3 * upload::PART + 1_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    assert_eq!(s3.object(&key(&sha256)).unwrap(), bytes);
    assert_eq!((s3.asked(|asked| asked.part.is_some()), s3.parts_left()), (4, 0));
}

#[tokio::test]
async fn a_connection_reset_on_part_three_is_tried_again() {
    let s3 = S3::start().await;
    let tiers = Tiers::patient(&s3);
    let bytes = noise(26, 3 * upload::PART + 1_000);
    s3.plan(1, Fault::Resets, |asked| asked.part == Some(3));
    let sha256 = tiers.keep(&bytes).await.unwrap();
    assert_eq!(s3.object(&key(&sha256)).unwrap(), bytes);
    assert_eq!((s3.asked(|asked| asked.part == Some(3)), s3.parts_left()), (2, 0));
}

#[tokio::test]
async fn an_upload_that_fails_for_good_leaves_no_part_behind() {
    for fault in [Fault::Resets, Fault::Answers(403, "AccessDenied"), Fault::Answers(500, "InternalError")] {
        let s3 = S3::start().await;
        let tiers = Tiers::patient(&s3);
        s3.plan(99, fault, |asked| asked.part == Some(3));
        let told = why(tiers.keep(&noise(27, 3 * upload::PART + 1_000)).await);
        assert!(told.contains("upload"), "{fault:?}: {told}");
        assert!(s3.asked(|asked| asked.part.is_some()) >= 3);
        assert_eq!((s3.parts_left(), s3.keys().len()), (0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn an_upload_that_cannot_be_completed_leaves_no_part_behind() {
    let s3 = S3::start().await;
    let tiers = Tiers::patient(&s3);
    s3.plan(99, Fault::Answers(400, "InvalidPart"), |asked| {
        asked.method == Method::POST && asked.upload.as_deref() != Some("")
    });
    let told = why(tiers.keep(&noise(28, 2 * upload::PART)).await);
    assert!(told.contains("could not be completed"), "{told}");
    assert_eq!((s3.parts_left(), s3.keys().len()), (0, 0));
}

#[tokio::test]
async fn an_upload_whose_task_is_dropped_leaves_no_part_behind() {
    let s3 = S3::start().await;
    let tiers = Tiers::patient(&s3);
    let bytes = noise(29, 3 * upload::PART);
    s3.plan(99, Fault::NeverAnswers, |asked| asked.part == Some(3));
    tokio::select! {
        _ = tiers.keep(&bytes) => panic!("part three never arrives"),
        () = until("part three is sent", || s3.asked(|asked| asked.part == Some(3)) > 0) => {}
    }
    assert!(s3.parts_left() > 0);
    until("no part is left", || s3.parts_left() == 0).await;
}
