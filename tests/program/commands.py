#!/usr/bin/env python3
# What a person types: the JSON contract, the exit statuses and the errors of each subcommand.
"""usage: tests/program/commands.py AMPARO"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-commands-")
TOWN = os.path.join(DIR, "town.osm.pbf")
MAP = os.path.join(DIR, "town.amap")


def amparo(*args, status=0, text=None):
    done = subprocess.run([AMPARO, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          input=text, timeout=120, check=False)
    assert done.returncode == status, f"{args}: {done.returncode}, not {status}\n{done.stderr}"
    return done


def as_json(*args, **more):
    return json.loads(amparo(*args, **more).stdout)


def write(name, content):
    path = os.path.join(DIR, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def a_town_is_made_up_the_same_for_the_same_seed():
    other = os.path.join(DIR, "other.osm.pbf")
    amparo("map", "synth", "-o", TOWN, "--seed", "1")
    amparo("map", "synth", "-o", other, "--seed", "1")
    with open(TOWN, "rb") as a, open(other, "rb") as b:
        assert a.read() == b.read()


def a_map_is_built_and_ends_with_its_counts():
    counts = as_json("map", "build", TOWN, "-o", MAP, "--json")
    for name in ("nodes", "segments", "restrictions", "names"):
        assert counts[name] > 0, name
    words = amparo("map", "build", TOWN, "-o", MAP).stdout
    for name in ("nodes", "segments", "restrictions", "names"):
        assert name in words, name
    assert as_json("map", "info", MAP, "--json")["nodes"] == counts["nodes"]


def ends():
    """Two places in the town: its first two hospitals or fire stations."""
    found = as_json("geocode", "--map", MAP, "hospital", "--json")["results"]
    found += as_json("geocode", "--map", MAP, "rua", "--json")["results"]
    return [f"{r['lat']},{r['lon']}" for r in (found[0], found[-1])]


def a_route_adds_up_and_names_its_streets():
    start, end = ends()
    route = as_json("route", "--map", MAP, "--from", start, "--to", end, "--json")
    assert abs(sum(leg["time_s"] for leg in route["legs"]) - route["time_s"]) < 0.01
    assert abs(sum(leg["distance_m"] for leg in route["legs"]) - route["distance_m"]) < 1
    assert any(leg["street"] for leg in route["legs"]) and isinstance(route["passes"], list)
    line = as_json("route", "--map", MAP, "--from", start, "--to", end, "--geojson")
    assert line["type"] in ("Feature", "FeatureCollection")


def the_nearest_crews_are_ranked_by_time():
    start, end = ends()
    lat, lon = (float(x) for x in start.split(","))
    rows = [f"U{i},{lat + 0.002 * i},{lon - 0.001 * i}" for i in range(8)]
    units = write("units.csv", "id,lat,lon\n" + "\n".join(rows) + "\n")
    results = as_json("nearest", "--map", MAP, "--units", units, "--to", end, "-k", "3", "--json")
    times = [r["time_s"] for r in results["results"]]
    assert len(times) == 3 and times == sorted(times)
    assert set(results["results"][0]) >= {"id", "time_s", "distance_m"}
    bad = write("bad.csv", "id,lat,lon\nU1,1,2\nU2,north,2\n")
    done = amparo("nearest", "--map", MAP, "--units", bad, "--to", end, status=1)
    assert "3" in done.stderr
    for head in ("id;lat;lon\nU1;1;2\n", "unit,latitude,longitude\nU1,1,2\n"):
        bad = write("bad.csv", head)
        done = amparo("nearest", "--map", MAP, "--units", bad, "--to", end, status=1)
        assert "id,lat,lon" in done.stderr and "header" in done.stderr


def alternatives_are_no_faster_than_the_route():
    start, end = ends()
    route = as_json("route", "--map", MAP, "--from", start, "--to", end, "--alternatives", "2", "--json")
    assert len(route["alternatives"]) <= 2
    assert all(other["time_s"] >= route["time_s"] for other in route["alternatives"])
    amparo("route", "--map", MAP, "--from", start, "--to", end, "--alternatives", "9", status=2)


def a_table_has_the_times_of_its_routes():
    start, end = ends()
    places = write("places.csv", f"id,lat,lon\na,{start}\nb,{end}\nsea,0,0\n")
    table = as_json("matrix", "--map", MAP, "--from", places, "--to", places, "--json")
    route = as_json("route", "--map", MAP, "--from", start, "--to", end, "--json")
    assert table["from"] == table["to"] == ["a", "b", "sea"]
    assert abs(table["time_s"][0][1] - route["time_s"]) < 0.001
    assert table["time_s"][0][0] == 0 and table["time_s"][2] == [None, None, None]
    rows = amparo("matrix", "--map", MAP, "--from", places, "--to", places).stdout.splitlines()
    assert rows[0] == "from,to,time_s" and len(rows) == 10 and rows[-1] == '"sea","sea",'


def an_isochrone_grows_with_its_minutes():
    start, _ = ends()
    area = as_json("isochrone", "--map", MAP, "--from", start, "--minutes", "1,2.5", "--json")
    long, short = (feature["properties"] for feature in area["features"])
    assert (long["minutes"], short["minutes"]) == (2.5, 1) and long["area_km2"] > short["area_km2"]
    for feature in area["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in polygon)
    amparo("isochrone", "--map", MAP, "--from", start, "--minutes", "2,1", status=2)


def places_are_found_and_told_back():
    found = as_json("geocode", "--map", MAP, "hospital", "--limit", "3", "--json")["results"]
    assert found and set(found[0]) >= {"name", "kind", "lat", "lon", "score"}
    there = f"{found[0]['lat']},{found[0]['lon']}"
    assert as_json("reverse", "--map", MAP, there, "--json")
    amparo("geocode", "--map", MAP, "zzqqxx", "--json", status=1)


def a_region_is_told_with_shares_that_add_up():
    start, end = ends()
    lat, lon = (float(x) for x in start.split(","))
    units = write("crews.csv", f"id,lat,lon\nU1,{start}\nU2,{end}\n")
    answer = as_json("locate", "--map", MAP, "--units", units, f"circle:{lat},{lon},200@95",
                     f"circle:{lat},{lon},50@68~60#aml", "--json")
    assert answer["hypotheses"][0]["reports"] == [0, 1] and not answer["outliers"]
    one = answer["answers"][0]
    shares = [street["share"] for street in one["streets"]]
    shares += [one[name] for name in ("other_streets", "unnamed_roads", "elsewhere")]
    assert abs(sum(shares) - 1) < 0.002 and one["crews"][0]["unit"] == "U1"
    assert "U1" in amparo("locate", "--map", MAP, "--units", units, start).stdout
    done = amparo("locate", "--map", MAP, "circle:1,2,-3", status=2)
    assert "radius" in done.stderr


def a_trace_is_matched_to_the_roads():
    start, end = ends()
    line = as_json("route", "--map", MAP, "--from", start, "--to", end, "--geojson")
    feature = line["features"][0] if "features" in line else line
    points = feature["geometry"]["coordinates"]
    if feature["geometry"]["type"] == "MultiLineString":  # over the antimeridian, or leg by leg
        points = [point for part in points for point in part]
    trace = write("trace.csv", "time,lat,lon\n" +
                  "".join(f"{20 * i},{lat},{lon}\n" for i, (lon, lat) in enumerate(points)))
    matched = as_json("match", "--map", MAP, trace, "--json")
    assert len(matched["points"]) == len(points) and matched["matched"] >= len(points) - 2
    assert matched["distance_m"] > 0 and matched["ways"][0]["line"]
    assert "on a road" in amparo("match", "--map", MAP, trace).stdout
    bad = write("bad_trace.csv", "time,lat,lon\n5,1,2\n4,1,2\n")
    assert "error" in as_json("match", "--map", MAP, bad, "--json", status=1)


def one_message_becomes_the_model_or_an_error():
    good = write("aml.txt", 'A"ML=1;lt=-25.96553;lg=32.58322;rd=12;top=20261123080910;lc=68;pm=G;ml=69')
    model = as_json("intake", "aml", good, "--json")
    assert (model["lat"], model["lon"], model["radius_m"]) == (-25.96553, 32.58322, 12)
    assert model["fix_time"] == "2026-11-23T08:09:10Z"
    bad = write("bad.txt", 'A"ML=1;lt=95;lg=32;rd=12;pm=G;ml=1')
    assert "error" in as_json("intake", "aml", bad, "--json", status=1)
    with open(good, encoding="utf-8") as file:
        assert as_json("intake", "aml", "-", text=file.read()) == model
    head = ('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W-1</identifier><sender>met@example.org'
            '</sender><sent>2026-02-03T04:05:06-00:00</sent><status>Test</status><msgType>Alert</msgType>')
    alert = as_json("intake", "cap", write("alert.cap", head + "<scope>Public</scope></alert>"), "--json")
    assert (alert["format"], alert["identifier"], alert["info"]) == ("cap", "W-1", [])
    assert "<scope>" in as_json("intake", "cap", write("bad.cap", head + "</alert>"), status=1)["error"]["detail"]
    listed = {row["format"] for row in as_json("intake", "--list")}
    assert listed == {"aml", "pidf-lo", "held", "lost", "eido", "adr", "veds", "msd", "sip", "cap", "edxl-de"}


def hostile_files_are_refused_with_a_sentence_and_leave_nothing():
    bomb = ('<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
            '<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="name" v="&b;"/></node></osm>')
    with open(TOWN, "rb") as file:
        town = file.read()
    cases = {"empty.osm.pbf": b"", "bomb.osm": bomb.encode(), "cut.osm.pbf": town[:len(town) // 2],
             "noise.osm.pbf": bytes(range(256)) * 64, "cut.osm": b"<osm><node id='1'",
             "flip.osm.pbf": town[:5000] + bytes([town[5000] ^ 255]) + town[5001:]}
    for name, content in cases.items():
        path, out = write(name, content), os.path.join(DIR, "no.amap")
        done = amparo("map", "build", path, "-o", out, status=1)
        assert len(done.stderr.strip()) > 20, name
        assert not os.path.exists(out), name


def a_map_tells_what_it_holds_and_what_was_left_out():
    info = as_json("map", "info", MAP, "--json")
    assert {"version", "bounds", "sections", "road_classes", "place_kinds", "languages", "dropped"} <= info.keys()
    assert sum(row["segments"] for row in info["road_classes"]) == info["segments"]
    assert info["place_kinds"]["hospital"] >= 1
    assert all(row["reason"] and row["n"] > 0 and row["kind"] in ("node", "way", "relation")
               for row in info["dropped"])
    text = amparo("map", "info", MAP).stdout
    assert info["version"] in text and "primary" in text


def copies_of_a_town_become_a_map_of_many_times_its_size():
    many, out = os.path.join(DIR, "many.osm.pbf"), os.path.join(DIR, "many.amap")
    tiled = as_json("map", "tile", TOWN, "-k", "2", "--links", "3", "--names", "-o", many, "--json")
    one, built = as_json("map", "info", MAP, "--json"), amparo("map", "build", many, "-o", out, "--progress")
    assert tiled["osm_nodes"] == 4 * one["osm_nodes"] and tiled["links"] == 12
    assert "reading" in built.stderr and "roads" in built.stderr
    assert as_json("map", "info", out, "--json")["names"] > 3 * one["names"]
    amparo("map", "tile", TOWN, "-k", "0", "-o", many, status=2)
    amparo("map", "tile", TOWN, "-o", TOWN, status=2)


def a_damaged_map_is_refused():
    with open(MAP, "rb") as file:
        content = bytearray(file.read())
    content[len(content) // 2] ^= 1
    done = amparo("map", "info", write("damaged.amap", bytes(content)), status=1)
    assert done.stderr.strip()


def cards_are_checked_with_file_and_line():
    good = "card fall\n ask awake Awake?\n  answer 1 yes Yes\n  answer 2 no No\n   priority 1\n"
    counts = as_json("cards", "check", "--json", write("good.txt", good))
    assert (counts["cards"], counts["questions"], counts["answers"]) == (1, 1, 2)
    assert counts["languages"] == [{"language": "en", "texts": 3}]
    folder = os.path.join(DIR, "cards")
    os.mkdir(folder)
    shutil.copy(os.path.join(DIR, "good.txt"), os.path.join(folder, "a.txt"))
    write("cards/b.txt", good.replace("card fall", "language pt\ncard burns").replace("Yes", "Sim"))
    write("cards/notes.md", "not a card")
    assert "2 cards" in amparo("cards", "check", folder).stdout
    bad = write("bad.txt", good + "   then nowhere\n")
    for args in (["cards", "check", bad], ["serve", "--store", "memory", "--cards", bad]):
        assert f"{bad}, line 6: this answer's \"then\" names no question" in amparo(*args, status=1).stderr
    other = write("other.txt", good.replace("fall", "tea"))
    assert "line 1: the response plans know no type called tea" in amparo("cards", "check", other, status=1).stderr
    plans = write("plans.txt", "type tea 3 Tea\n need 1 bls\n")
    amparo("cards", "check", other, "--plans", plans)
    amparo("cards", "check", status=2)
    amparo("cards", "count", other, status=2)


def wrong_usage_is_told_from_failure():
    for args in (["nonsense"], ["route", "--map", MAP], ["map", "build"], ["serve", "--bogus"],
                 ["route", "--map", MAP, "--from", "95,0", "--to", "1,1"]):
        assert amparo(*args, status=2).stderr.strip(), args
    amparo("route", "--map", os.path.join(DIR, "absent.amap"), "--from", "1,1", "--to", "1,1", status=1)
    amparo("log", "verify", "--data", os.path.join(DIR, "absent"), status=1)


def every_subcommand_has_help():
    for line in amparo("--help").stdout.splitlines():
        words = line.split()
        if line.startswith("  ") and len(words) > 2:
            assert "usage" in amparo(words[0], "--help").stdout.lower(), words[0]


try:
    tap.run([a_town_is_made_up_the_same_for_the_same_seed, a_map_is_built_and_ends_with_its_counts,
             a_route_adds_up_and_names_its_streets, the_nearest_crews_are_ranked_by_time,
             alternatives_are_no_faster_than_the_route, a_table_has_the_times_of_its_routes,
             an_isochrone_grows_with_its_minutes,
             places_are_found_and_told_back, a_region_is_told_with_shares_that_add_up,
             a_trace_is_matched_to_the_roads, one_message_becomes_the_model_or_an_error,
             hostile_files_are_refused_with_a_sentence_and_leave_nothing, a_map_tells_what_it_holds_and_what_was_left_out,
             copies_of_a_town_become_a_map_of_many_times_its_size, a_damaged_map_is_refused,
             cards_are_checked_with_file_and_line, wrong_usage_is_told_from_failure, every_subcommand_has_help])
finally:
    shutil.rmtree(DIR, ignore_errors=True)
