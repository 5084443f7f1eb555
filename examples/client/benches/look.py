"""What a user would write instead of `pec inspect`: Python's email and ElementTree."""
import email, email.policy, json, os, sys
import xml.etree.ElementTree as ET

def attachments(message):
    found = []
    for part in message.iter_attachments():
        content = part.get_payload(decode=True) or b""
        kind = part.get_content_type()
        found.append({"name": part.get_filename(), "media_type": kind, "size": len(content)})
    return found

def look(path):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    facts = {"file": path, "signed": message.get_content_type() == "multipart/signed"}
    for part in message.walk():
        name = part.get_filename()
        if name == "daticert.xml" and "tipo" not in facts:
            root = ET.fromstring(part.get_payload(decode=True))
            head, data = root.find("intestazione"), root.find("dati")
            facts.update(
                tipo=root.get("tipo"), errore=root.get("errore"), sender=head.findtext("mittente"),
                recipients=[(r.text, r.get("tipo")) for r in head.findall("destinatari")],
                subject=head.findtext("oggetto"), provider=data.findtext("gestore-emittente"),
                day=data.findtext("data/giorno"), hour=data.findtext("data/ora"),
                identificativo=data.findtext("identificativo"), msgid=data.findtext("msgid"),
                delivered_to=data.findtext("consegna"), error_detail=data.findtext("errore-esteso"),
            )
        elif name == "postacert.eml" and "original" not in facts:
            inner = part.get_content() if part.get_content_type() == "message/rfc822" else None
            if inner is not None:
                subject = str(inner["Subject"])
                facts["original"] = {"subject": subject, "attachments": attachments(inner)}
    return facts

for name in sorted(os.listdir(sys.argv[1])):
    print(json.dumps(look(os.path.join(sys.argv[1], name))))
