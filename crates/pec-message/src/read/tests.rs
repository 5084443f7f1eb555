use super::*;

#[test]
fn smoke() {
    let mail = read(b"a: b\n\nc");
    assert_eq!(mail.parts().count(), 1);
}
