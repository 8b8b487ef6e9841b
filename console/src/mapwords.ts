// The texts of what is drawn over the map: coverage, hospitals, trails, following and measuring.

type Row = readonly [en: string, pt: string];

export const mapWords = {
  "key.coverage": [
    "Coverage of demand, now and if a crew goes",
    "Cobertura da procura, agora e se uma viatura sair",
  ],
  "key.hospitals": ["Hospitals", "Hospitais"],
  "key.trails": ["Trails of crews on an incident", "Rastos das viaturas em ocorrência"],
  "key.follow": ["Follow the selected crew", "Seguir a viatura selecionada"],
  "key.measure": ["Measure, straight and by road", "Medir, em linha reta e por estrada"],
  "verb.follow": ["Follow a crew on the map", "Seguir uma viatura no mapa"],
  "cover.title": [
    "{share} of demand within {n} min of a free crew",
    "{share} da procura a {n} min de uma viatura livre",
  ],
  "cover.if": ["If {unit} goes: {share}", "Se {unit} sair: {share}"],
  "cover.ifBusy": [
    "{unit} is not free: coverage stays",
    "{unit} não está livre: a cobertura mantém-se",
  ],
  "cover.deep": ["two crews or more", "duas viaturas ou mais"],
  "cover.single": ["one crew", "uma viatura"],
  "cover.lost": ["nobody if {unit} goes", "ninguém se {unit} sair"],
  "cover.none": ["nobody in time", "ninguém a tempo"],
  "cover.demandMap": [
    "Demand is estimated from the streets on the map: no incidents are known yet.",
    "A procura é estimada pelas ruas do mapa: ainda não há ocorrências conhecidas.",
  ],
  "cover.demand.one": [
    "Demand from {n} past incident, by place and hour.",
    "Procura com base em {n} ocorrência passada, por lugar e hora.",
  ],
  "cover.demand.other": [
    "Demand from {n} past incidents, by place and hour.",
    "Procura com base em {n} ocorrências passadas, por lugar e hora.",
  ],
  "cover.mapPart": [
    "{share} of it is estimated from streets.",
    "{share} dela é estimada pelas ruas.",
  ],
  "cover.unplaced.one": [
    "{n} free crew without a known place is not counted.",
    "{n} viatura livre sem lugar conhecido não conta.",
  ],
  "cover.unplaced.other": [
    "{n} free crews without a known place are not counted.",
    "{n} viaturas livres sem lugar conhecido não contam.",
  ],
  "cover.hide": ["Hide coverage", "Ocultar cobertura"],
  "cover.failed": [
    "Coverage cannot be shown: {detail}",
    "Não é possível mostrar a cobertura: {detail}",
  ],
  "advice.covered": [
    "{share} of demand is within {n} min of a free crew like these.",
    "{share} da procura está a {n} min de uma viatura livre como estas.",
  ],
  "advice.costs": ["coverage {from} → {to}", "cobertura {from} → {to}"],
  "advice.costsNothing": ["coverage stays at {from}", "a cobertura mantém-se em {from}"],
  "trail.shown": [
    "Trails of the last {n} min are shown",
    "Mostram-se os rastos dos últimos {n} min",
  ],
  "trail.hidden": ["Trails are hidden", "Rastos ocultos"],
  "follow.on": ["Following {unit}", "A seguir {unit}"],
  "follow.waiting": [
    "Following {unit}: its position is not known now",
    "A seguir {unit}: posição desconhecida agora",
  ],
  "follow.stop": ["Stop following", "Deixar de seguir"],
  "follow.which": [
    "Select a crew first, then follow it",
    "Selecione primeiro uma viatura, depois siga-a",
  ],
  "measure.start": ["Measure: choose points", "Medir: escolha pontos"],
  "measure.straight": ["straight {distance}", "em linha reta {distance}"],
  "measure.road": ["by road {distance}, {time}", "por estrada {distance}, {time}"],
  "measure.noRoad": ["no way by road", "sem caminho por estrada"],
  "measure.wait": ["by road …", "por estrada …"],
  "hospital.title": ["Hospitals", "Hospitais"],
  "hospital.lead": [
    "Whether each takes what ambulances bring, said by the hospital or the desk. On the map by " +
    "shape and colour.",
    "Se cada um recebe o que as ambulâncias trazem, dito pelo hospital ou pela sala. No mapa " +
    "por forma e cor.",
  ],
  "hospital.none": ["No hospitals yet.", "Ainda não há hospitais."],
  "traffic.normal": ["Accepting", "A receber"],
  "traffic.advisory": ["Busy: ask first", "Cheio: perguntar antes"],
  "traffic.closed": ["Closed", "Fechado"],
  "traffic.unknown": ["State not known", "Estado desconhecido"],
  "hospital.state": ["State", "Estado"],
  "hospital.note": ["Note", "Nota"],
  "hospital.said": ["{who}, {time}", "{who}, {time}"],
  "hospital.set": ["Set the state of {name}", "Definir o estado de {name}"],
  "hospital.saved": ["{name}: {state}", "{name}: {state}"],
  "hospital.look": ["Show {name} on the map", "Mostrar {name} no mapa"],
  "hospital.remove": ["Take {name} off the list", "Retirar {name} da lista"],
  "hospital.restore": ["Put {name} on the list again", "Repor {name} na lista"],
  "hospital.off": ["Off the list", "Fora da lista"],
  "hospital.suggested": ["On the map, not on the list", "No mapa, fora da lista"],
  "hospital.add": ["Add {name}", "Acrescentar {name}"],
  "hospital.choose": ["{unit}: which hospital?", "{unit}: qual hospital?"],
  "hospital.chooseLead": [
    "Nearest by road first; those that are closed come last.",
    "Primeiro o mais próximo por estrada; os fechados no fim.",
  ],
  "hospital.unnamed": ["Transporting, hospital not named", "Em transporte, sem hospital indicado"],
  "hospital.road": ["{time} by road", "{time} por estrada"],
  "hospital.noRoad": ["no way by road", "sem caminho por estrada"],
  "line.statusTo": ["{unit}: {status}, {hospital}", "{unit}: {status}, {hospital}"],
  "line.follow": ["Follow {unit}", "Seguir {unit}"],
  "may-need.trauma": ["trauma", "trauma"],
  "may-need.stroke": ["stroke", "AVC"],
  "may-need.cardiac": ["heart", "coração"],
  "may-need.burns": ["burns", "queimados"],
  "may-need.maternity": ["births", "partos"],
  "may-need.children": ["children", "crianças"],
} as const satisfies Record<string, Row>;
