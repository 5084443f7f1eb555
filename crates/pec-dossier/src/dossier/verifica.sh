#!/bin/sh
# Verifica un dossier di posta elettronica certificata con il solo openssl (3.0 o successivo).
# Checks a dossier of Italian certified mail with openssl (3.0 or later) and nothing else.
#
#   sh verifica.sh [CARTELLA]             ancore: certificati/ancore (sono quelle del dossier!)
#   ANCORE=../ancore.pem sh verifica.sh   ancore: quelle di chi verifica (fuori dalla cartella)
#
# Questo file e' uguale in ogni dossier della stessa versione. Controlla: gli elenchi di impronte,
# la firma di ogni ricevuta e il percorso del certificato alla data della firma, le revoche, le
# marche temporali. Non controlla: se il firmatario e' un gestore (lo dice l'indice dei gestori) e
# se gli originali sono uguali a quelli consegnati.
# This file is the same in every dossier of a version. It checks: the lists of hashes, the signature
# of each receipt and its certificate's path at the time of signing, revocation, time stamps. It
# does not check: whether the signer is a provider, whether originals are what was delivered.
#
# Esito 0: tutto verificato; 1: qualcosa non va; 2: manca openssl o il dossier.
# Exit 0: all verified; 1: something is wrong; 2: no openssl, or no dossier.

set -u
LC_ALL=C
export LC_ALL
case ${ANCORE:-/} in /*) ;; *) ANCORE=$PWD/$ANCORE ;; esac
cd "${1:-.}" || exit 2
command -v openssl >/dev/null || { echo "openssl?"; exit 2; }
[ -f SHA256SUMS ] && [ -f SHA512SUMS ] && [ -f manifest.json ] && [ -d messaggi ] ||
  { echo "non e' un dossier / no dossier"; exit 2; }
lavoro=$(mktemp -d) || exit 2
trap 'rm -rf "$lavoro"' EXIT
trap 'exit 1' INT TERM
errori=0

# Nomi e dati sono di altri: nulla di quanto si stampa comanda il terminale.
innocuo() { printf '%s\n' "$*" | tr -d '\000-\011\013-\037\177'; }
bene() { innocuo "ok      $*"; }
male() { innocuo "ERRORE  $*"; errori=$((errori + 1)); }

# Il motivo di openssl, senza numeri; le righe che iniziano con $1 non ne sono.
motivo() {
  sed -e "/^$1/d" -e 's/^[0-9A-F]*:error:[0-9A-F]*:\([^:]*\):[^:]*:\([^:]*\):.*/\1: \2/' \
    "$lavoro/perche" | head -1
}

# I secondi dal 1970 di una data come "Nov 21 09:15:00 2026 GMT".
secondi() {
  printf '%s\n' "$1" | awk '{
    split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", nomi, " ")
    for (i = 1; i <= 12; i++) mese[nomi[i]] = i
    m = mese[$1]; g = $2; split($3, o, ":"); a = $4
    if (!m || a !~ /^[0-9]+$/) exit 1
    if (m <= 2) a--
    era = int(a / 400); anno = a - era * 400
    giorno = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + g - 1
    giorni = era * 146097 + anno * 365 + int(anno / 4) - int(anno / 100) + giorno - 719468
    printf "%.0f\n", giorni * 86400 + o[1] * 3600 + o[2] * 60 + o[3]
  }'
}

# --- impronte / hashes
for coppia in sha256:SHA256SUMS sha512:SHA512SUMS; do
  modo=${coppia%%:*}; elenco=${coppia#*:}; prima=$errori
  while read -r impronta nome; do
    case $nome in /* | ../* | */../* | */.. | -* | '') male "nome illecito: $nome"; continue ;; esac
    if [ ! -f "$nome" ] || [ -h "$nome" ]; then male "manca $nome"; continue; fi
    trovata=$(openssl dgst "-$modo" -r "$nome" | cut -d' ' -f1)
    [ "$trovata" = "$impronta" ] || male "$modo di $nome"
  done <"$elenco"
  [ "$errori" -ne "$prima" ] || bene "$elenco"
done
find . ! -type d | sed 's|^\./||' | sort >"$lavoro/presenti"
for coppia in sha256:SHA256SUMS sha512:SHA512SUMS; do
  modo=${coppia%%:*}; elenco=${coppia#*:}
  { sed 's/^[0-9a-f]*  //' "$elenco"; echo SHA256SUMS; echo SHA512SUMS; } | sort >"$lavoro/elencati"
  cmp -s "$lavoro/presenti" "$lavoro/elencati" || male "i file presenti non sono quelli di $elenco"
  sed -n "s/^ *\"$modo\": \"\([0-9a-f]*\)\".*/\1/p" manifest.json | sort >"$lavoro/manifesto"
  grep -v -e '  manifest.json$' -e '  marche/' "$elenco" | cut -d' ' -f1 | sort >"$lavoro/sommario"
  if cmp -s "$lavoro/manifesto" "$lavoro/sommario"; then
    bene "manifest.json ($modo)"
  else
    male "manifest.json e $elenco non coincidono"
  fi
done

# --- certificati e revoche / certificates and revocation
: >"$lavoro/catena.pem"
for file in certificati/*.cer marche/*.cer; do
  [ -f "$file" ] || continue
  openssl x509 -inform DER -in "$file" >>"$lavoro/catena.pem" 2>/dev/null || male "illeggibile: $file"
done
if [ -n "${ANCORE:-}" ]; then
  openssl storeutl -noout -certs "$ANCORE" >/dev/null 2>&1 || male "illeggibile: $ANCORE"
  cat "$ANCORE" >"$lavoro/ancore.pem" 2>/dev/null
else
  echo "attenzione: ci si fida delle ancore del dossier; per usare le proprie: ANCORE=file.pem"
  echo "attention: the dossier's own anchors are trusted; to use yours: ANCORE=file.pem"
  : >"$lavoro/ancore.pem"
  for file in certificati/ancore/*.cer marche/ancore/*.cer; do
    [ -f "$file" ] || continue
    openssl x509 -inform DER -in "$file" >>"$lavoro/ancore.pem" 2>/dev/null || male "illeggibile: $file"
    innocuo "$(openssl x509 -inform DER -in "$file" -noout -subject -fingerprint -sha256 2>/dev/null)"
  done
fi
cat "$lavoro/catena.pem" "$lavoro/ancore.pem" >"$lavoro/tutti.pem"

# Le revoche: file, impronta del nome dell'autorita', numero di serie, data.
: >"$lavoro/liste"; : >"$lavoro/revocati"
for file in revoche/*.crl marche/*.crl; do
  [ -f "$file" ] || continue
  if ! openssl crl -inform DER -in "$file" -CAfile "$lavoro/tutti.pem" -no-CApath \
    -no-CAstore -noout 2>&1 | grep -q '^verify OK'; then
    male "lista di revoca non verificata: $file"; continue
  fi
  autorita=$(openssl crl -inform DER -in "$file" -noout -hash)
  printf '%s\n' "$autorita" >>"$lavoro/liste"
  openssl crl -inform DER -in "$file" -noout -text | awk -v autorita="$autorita" '
    /Serial Number:/ { seriale = $3 }
    /Revocation Date:/ { sub(/.*Revocation Date: */, ""); print autorita, seriale, $0 }
  ' >>"$lavoro/revocati"
  bene "$file"
done

# Le autorita' intermedie, una per file.
for file in certificati/*.cer; do
  [ -f "$file" ] || continue
  pem=$lavoro/autorita-$(basename "$file").pem
  openssl x509 -inform DER -in "$file" -out "$pem" 2>/dev/null
  openssl x509 -in "$pem" -noout -ext basicConstraints 2>/dev/null | grep -q 'CA:TRUE' || rm -f "$pem"
done

# revocato CERTIFICATO SECONDI: stampa "si", "no" o "ignoto".
revocato() {
  autorita=$(openssl x509 -in "$1" -noout -issuer_hash)
  grep -qx "$autorita" "$lavoro/liste" || { echo ignoto; return; }
  seriale=$(openssl x509 -in "$1" -noout -serial | cut -d= -f2)
  grep "^$autorita $seriale " "$lavoro/revocati" | cut -d' ' -f3- >"$lavoro/date"
  while read -r data; do
    da=$(secondi "$data") || da=0
    if [ "$da" -le "$2" ]; then echo si; return; fi
  done <"$lavoro/date"
  echo no
}

# I dati di certificazione: l'XML dentro al contenuto firmato.
daticert() {
  : >"$lavoro/codifica"
  tr -d '\r' <"$lavoro/contenuto" | awk -v codifica="$lavoro/codifica" '
    /^--/ { if (dentro) exit; testa = 1; nostra = 0; modo = ""; next }
    testa && /^$/ { testa = 0; if (nostra) { dentro = 1; print modo >codifica }; next }
    testa {
      riga = tolower($0)
      if (riga ~ /daticert\.xml/) nostra = 1
      if (riga ~ /^content-transfer-encoding:/) modo = riga
    }
    dentro { print }' >"$lavoro/parte"
  case $(cat "$lavoro/codifica") in
    *base64*) openssl base64 -d -in "$lavoro/parte" ;;
    *quoted-printable*)
      sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' -e 's/=3D/=/g' "$lavoro/parte" ;;
    *) cat "$lavoro/parte" ;;
  esac
}

# --- ricevute / receipts
trasmissione=$(sed -n 's/^ *"pec_msgid": "\(.*\)",$/\1/p' manifest.json)
for file in messaggi/*.eml; do
  [ "$file" = messaggi/inviato.eml ] && continue
  [ -f "$file" ] || { male "non c'e' alcuna ricevuta"; break; }
  # La data che la firma dichiara.
  openssl smime -pk7out -in "$file" -out "$lavoro/firma.pem" 2>/dev/null ||
    { male "$file: non e' un messaggio firmato"; continue; }
  data=$(openssl cms -cmsout -print -inform PEM -in "$lavoro/firma.pem" 2>/dev/null | awk '
    /signingTime/ { qui = 1 }
    qui && /(UTC|GENERALIZED)TIME:/ { sub(/.*TIME:/, ""); print; exit }')
  quando=$(secondi "$data") || { male "$file: nessuna data nella firma"; continue; }
  # Le righe terminano con CRLF oppure no: la firma vale per una delle due forme.
  esito=1
  for forma in '' -binary; do
    # shellcheck disable=SC2086
    if openssl cms -verify $forma -in "$file" -out "$lavoro/contenuto" \
      -signer "$lavoro/firmatario.pem" -CAfile "$lavoro/ancore.pem" -no-CApath -no-CAstore \
      -certfile "$lavoro/catena.pem" -purpose smimesign -attime "$quando" \
      >/dev/null 2>"$lavoro/perche"; then
      esito=0; break
    fi
  done
  if [ $esito -ne 0 ]; then
    male "$file: $(motivo CMS)"; continue
  fi
  mittente=$(tr -d '\r' <"$file" | awk '
    NF == 0 { exit } /^[^ \t]/ { q = 0 } tolower($0) ~ /^from:/ { q = 1 } q' |
    tr -d '\n' | tr 'A-Z' 'a-z')
  indirizzi=$(openssl x509 -in "$lavoro/firmatario.pem" -noout -email | tr 'A-Z' 'a-z')
  suo=no
  for indirizzo in $indirizzi; do
    case $mittente in *"<$indirizzo>"* | *[!a-z0-9.@_-]"$indirizzo" | *"from:$indirizzo") suo=si ;; esac
  done
  [ $suo = si ] || male "$file: From non e' l'indirizzo del certificato"
  daticert >"$lavoro/daticert.xml" 2>/dev/null
  dato() { sed -n "s/.*<$1>\([^<]*\)<.*/\1/p" "$lavoro/daticert.xml" | sed 's/&amp;/\&/g'; }
  tipo=$(sed -n 's/.*<postacert[^>]*tipo="\([a-z-]*\)".*/\1/p' "$lavoro/daticert.xml")
  case $(dato identificativo) in
    "$trasmissione") ;;
    '') innocuo "dubbio  $file: dati di certificazione non letti" ;;
    *) male "$file: riguarda un'altra trasmissione" ;;
  esac
  for pem in "$lavoro/firmatario.pem" "$lavoro"/autorita-*.pem; do
    [ -f "$pem" ] || continue
    case $(revocato "$pem" "$quando") in
      si) male "$file: il certificato era revocato" ;;
      ignoto) innocuo "dubbio  $file: manca la lista di revoca di chi ha rilasciato un certificato" ;;
    esac
  done
  chi=$(openssl x509 -in "$lavoro/firmatario.pem" -noout -subject -nameopt RFC2253)
  bene "$file ($data) ${chi#subject=}"
  innocuo "        $tipo $(dato giorno) $(dato ora) $(dato consegna)"
done

# --- marche temporali / time stamps
for file in marche/*.tst; do
  [ -f "$file" ] || continue
  data=$(openssl ts -reply -in "$file" -token_in -text 2>/dev/null | sed -n 's/^Time stamp: //p')
  quando=$(secondi "$data") || { male "$file: illeggibile"; continue; }
  if openssl ts -verify -in "$file" -token_in -data manifest.json -attime "$quando" \
    -CAfile "$lavoro/ancore.pem" -untrusted "$lavoro/tutti.pem" >/dev/null 2>"$lavoro/perche"; then
    bene "$file ($data)"
  else
    male "$file: $(motivo Using)"
  fi
done

if [ "$errori" -eq 0 ]; then
  echo "Dossier verificato / verified."
else
  echo "Dossier NON verificato: $errori errori / NOT verified: $errori errors."
  exit 1
fi
