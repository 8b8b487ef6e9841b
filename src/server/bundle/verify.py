#!/usr/bin/env python3
# Checks a bundle as VERIFY.txt describes it: records, proofs, root, signature.
import base64, hashlib, json, os, subprocess, sys, tempfile

os.chdir(os.path.dirname(os.path.abspath(sys.argv[0])))
sha = lambda data: hashlib.sha256(data).digest()
note = open('checkpoint.txt', encoding='utf-8').read()
text, signatures = note.split('\n\n', 1)
text += '\n'
origin, size, root = text.split('\n')[:3]
size, root = int(size), base64.b64decode(root)


def root_of(leaf, index, path):
    fn, sn, node = index, size - 1, leaf
    for p in path:
        assert sn != 0, 'the proof is too long'
        if fn % 2 == 1 or fn == sn:
            node = sha(b'\x01' + p + node)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = sha(b'\x01' + node + p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0, 'the proof is too short'
    return node


count, media = 0, {}
for line in open('records.jsonl', encoding='utf-8'):
    record = json.loads(line)
    body, salt = record['body'].encode(), bytes.fromhex(record['salt'])
    leaf = sha(b'\x00' + b'\x01' + sha(salt + sha(body)))
    assert leaf.hex() == record['leaf'], 'record %d was altered' % record['seq']
    head, rest = open('proofs/%d.tlog-proof' % record['seq']).read().split('\n\n', 1)
    lines = head.split('\n')
    assert lines[0] == 'c2sp.org/tlog-proof@v1' and rest == note
    index = [int(one[6:]) for one in lines if one.startswith('index ')][0]
    assert index == record['seq'] - 1
    path = [base64.b64decode(one) for one in lines[1:] if ' ' not in one]
    assert root_of(leaf, index, path) == root, 'record %d is not in the log' % record['seq']
    count += 1
    if json.loads(record['body'])['kind'] in ('medium-shared', 'medium-taken') and record['opened']:
        media[record['seq']] = record['opened']['text']
print('%d records are in the log %s with %d records' % (count, origin, size))

for name in sorted(os.listdir('media')) if os.path.isdir('media') else []:
    sent = hashlib.sha256(open(os.path.join('media', name), 'rb').read()).hexdigest()
    assert sent == media.get(int(name.split('.')[0])), 'media/%s is not what was sent' % name
    print('media/%s is what its record tells of' % name)

vkey = open('key.txt').read().strip()
name, key_id, key = vkey.split('+', 2)
key = base64.b64decode(key)[1:]
assert name == origin and sha(name.encode() + b'\n\x01' + key)[:4].hex() == key_id
blobs = [base64.b64decode(line.split(' ')[2]) for line in signatures.splitlines()
         if line.split(' ')[1] == name]
blob = [one for one in blobs if one[:4].hex() == key_id][0]
with tempfile.TemporaryDirectory() as folder:
    files = [os.path.join(folder, one) for one in ('text', 'signature', 'key')]
    spki = bytes.fromhex('302a300506032b6570032100') + key
    for path, data in zip(files, (text.encode(), blob[4:], spki)):
        open(path, 'wb').write(data)
    subprocess.run(['openssl', 'pkeyutl', '-verify', '-rawin', '-pubin', '-keyform', 'DER',
                    '-inkey', files[2], '-in', files[0], '-sigfile', files[1]], check=True)
print('the checkpoint is signed with ' + vkey)
print('Compare this key, and the checkpoint, with what others have kept.')
