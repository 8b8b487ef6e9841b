# Keys and certificates for tests, made by the openssl program.
import os
import ssl
import subprocess

AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


def certificate(folder, name, by, extensions, days="30", rsa=False):
    """NAME.key and its certificate NAME.pem, by another one or (by its own name) by itself."""
    def here(end):
        return os.path.join(folder, end)
    key = ("rsa:2048",) if rsa else ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    with open(here(name + ".ext"), "w", encoding="utf-8") as file:
        file.write("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n" + extensions)
    openssl("req", "-newkey", *key, "-nodes", "-subj", f"/O=Met/CN={name}", "-keyout",
            here(name + ".key"), "-out", here(name + ".csr"))
    issuer = ("-signkey", here(name + ".key")) if by == name else (
        "-CA", here(by + ".pem"), "-CAkey", here(by + ".key"), "-CAcreateserial")
    openssl("x509", "-req", "-in", here(name + ".csr"), *issuer, "-extfile", here(name + ".ext"),
            "-days", days, "-out", here(name + ".pem"))


def who_asks(folder):
    """The TLS of a server on this machine that asks for a certificate of the authority `network`,
    whose own it has; `client` has one, too."""
    def here(end):
        return os.path.join(folder, end)
    certificate(folder, "network", "network", AUTHORITY)
    certificate(folder, "asks", "network", "subjectAltName=IP:127.0.0.1\n")
    certificate(folder, "client", "network", "extendedKeyUsage=clientAuth\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(here("asks.pem"), here("asks.key"))
    context.load_verify_locations(here("network.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context
