"""The words that tell a claim from a proposal, a general remark and ordinary English.

German stands beside English: people ask in their own language, and models answer in it.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", text))


KINDS = (
    r"pods?|deployments?|deploy|statefulsets?|sts|daemonsets?|replicasets?|rs|jobs?|cronjobs?"
    r"|services?|svc|nodes?|configmaps?|cm|secrets?|ingress(?:es)?|persistentvolumeclaims?|pvcs?"
    r"|persistentvolumes?|pvs?|storageclass(?:es)?|serviceaccounts?|sa|roles?|rolebindings?"
    r"|clusterroles?|clusterrolebindings?|containers?|init[- ]containers?|namespaces?|ns"
    r"|hpas?|horizontalpodautoscalers?|resourcequotas?|quotas?|networkpolic(?:y|ies)|endpoints?"
    r"|volumes?|finalizers?|priorityclass(?:es)?|workloads?|apps?|leases?"
)
KIND = re.compile(rf"(?:{KINDS})\Z", re.IGNORECASE)

# What starts a proposal in the middle of a sentence: from here on it speaks of what could be.
_HYPOTHETICAL = (
    r"should"
    r"|could(?! (?:be (?:due|caused|because|related|an?|the)|not|have)\b)|would|needs? to|must"
    r"|(?:may|might) (?:want|need|help|wish)|consider|(?:we |I )?recommend(?:ed|ations?)?"
    r"|suggest(?:ed|ions?)?"
    r"|e\.g\.|say,|for (?:example|instance)|such as|if|unless|whether|until|so that|in order to"
    r"|instead use|use instead|to fix|fix(?:ed)? (?:it|this|by|with)|fix is|"
    r"z\. ?B\.|zum Beispiel|beispielsweise|sollten?|könnten?|müssten?|muss|würden?|wenn|falls|ob"
    r"|damit|empfehle\w*|statt ?dessen"
)
_IMPERATIVE = (
    r"try|run|set|change|update|increase|decrease|raise|lower|reduce|bump|roll ?back|rolling back"
    r"|create|add|apply|remove|delete|use|edit|patch|restart|re-?deploy|redirect|point|scale|fix"
    r"|check|verify|inspect|look|ensure|make sure|push|pull|build|rebuild|correct|rename|replace"
    r"|revert|restore|give|grant|bind|allow|provide|define|configure|adjust|switch|confirm|wait"
    r"|undo|drop|mount|enable|disable|free|follow|review|compare|find|get|please|either|execute"
    r"|increasing|setting|changing|adding|creating|raising|removing|updating|fixing|restoring"
    r"|setzen?|setze|ändern?|ändere|erhöhen?|erhöhe|prüfen?|prüfe|anlegen|lege|füge|entferne"
    r"|verwende|nutze|starte|führe|rolle|korrigier\w*|ergänz\w*|behebe|bitte"
)
PROPOSAL_CUE = re.compile(
    rf"(?<![\w/.-])(?:{_HYPOTHETICAL})(?![\w/-])"
    r"|(?<![\w`/-])(?:kubectl|helm) [a-z]"
    r"(?!.*(?<![\w-])(?:shows?|reports?|says|prints|lists)(?![\w-]))"
    rf"|(?:[,;:\u2013\u2014]|->|→|\b(?:and|then|or|to|und|oder|dann))\s+(?:{_IMPERATIVE})(?![\w-])",
    re.IGNORECASE,
)
PROPOSAL_START = re.compile(
    rf"\W*(?:\d+[.)]\s+)?(?:(?:then|next|now|first|second|finally|also|alternatively|or|option \w+)"
    rf"[,:]?\s+)?(?:{_IMPERATIVE}"
    r"|to (?:fix|mend|resolve|solve|repair|unblock|confirm|verify|see|check|decide)"
    r"|for (?:example|instance)|um )(?![\w-])",
    re.IGNORECASE,
)
PROPOSAL_LABEL = re.compile(
    r"\W*(?:\d+[.)]\s+)?(?:\w+\s+){0,2}?(?:fix(?:es)?|remed\w+|solutions?|recommend\w*|suggest\w*"
    r"|next (?:steps?|check)|actions?|action items?|what to do|how to (?:fix|resolve)\b.*"
    r"|resolution|mitigations?|workarounds?|to (?:fix|verify|confirm|check)|commands?|try(?: this)?"
    r"|try next|verify|verification|proposal|proposed \w+|the check is|lösung\w*|abhilfe|behebung"
    r"|empfehlung\w*|maßnahmen?|vorschlag|vorschläge|nächste schritte|fix-?vorschlag|reparatur"
    r"|建议|建議|解决(?:方法|方案)?|修复(?:方法|方案)?)"
    r"(?:\s+(?:to try|steps?|now|first|this|it|commands?))?\W*(?:[:\uff1a]|$)",
    re.IGNORECASE,
)
PROPOSAL_COLUMN = re.compile(
    r"fix|remed|action|next|solution|recommend|try|lösung|abhilfe", re.IGNORECASE
)

# "By default", "usually": what follows is known without looking, whoever it is said of.
GENERAL = re.compile(
    r"\b(?:by default|defaults? to|usually|typically|generally|normally|commonly|in general|always"
    r"|conventionally|standardmäßig|normalerweise|üblicherweise|typischerweise|in der Regel"
    r"|in Kubernetes|Kubernetes (?:v?1\.\d+|sends|kills|waits|restarts|doubles|caps))\b",
    re.IGNORECASE,
)
DEFINITION = re.compile(
    r"\b(?:means?|stands? for|is (?:the )?(?:code|signal|sent|what|when)|denotes|bedeutet\w*"
    r"|steht für|heißt)\b|=\s*(?:SIG|128)",
    re.IGNORECASE,
)

APPROXIMATE = re.compile(
    r"(?:\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.|etwa|rund"
    r"|ungefähr|over|more than|less than|under|at least|up to|mehr als|über|fast)|~|≈|>|<)\s*\Z",
    re.IGNORECASE,
)

COMMAND = re.compile(
    r"(?:\$ ?|# |sudo )?(?:kubectl|helm|docker|crictl|podman|curl|wget|kubectx|kubens|oc|flux"
    r"|argocd"
    r"|holmes|psql|redis-cli|nslookup|dig|nc|ping|openssl|nginx|systemctl|journalctl|git|make|ssh"
    r"|cat|grep|echo|export|python3?|pip|npm|kustomize|terraform|az|aws|gcloud|watch|sed)\b(?=\s|\Z)"
)
FIELD_PATH = re.compile(
    r"\.?(?:spec|status|metadata|data|stringData|resources|containers|initContainers|limits"
    r"|requests|env|envFrom|template|securityContext|volumes|volumeMounts|subjects|roleRef|rules"
    r"|labels|annotations|strategy|selector|ports|state|lastState|conditions|image|args|command"
    r"|livenessProbe|readinessProbe|startupProbe|httpGet|backoffLimit|emptyDir)(?:[.\[][\w.\[\]*]*)?\Z"
)
STATUS_WORD = re.compile(r"[A-Z][a-z]+(?:[A-Z]+[a-z]*)*\Z|[a-z]+(?:[A-Z][a-z]+)+\Z|OOMKilled\Z")

# Parts that no name starts a compound of: with one of them a hyphenated word is English.
_FUNCTION = _words(
    """
    a across after all an and anti around as at auto back before best between by co cross de
    down ex first for four from full fully half hard high how i in inter into it last left
    less like long low mid misc multi near new newly next no non not now of off old on once
    one only or out over part per post pre pseudo re read right same second self semi short
    single so soft still sub super than the there third three time times to too top trouble
    two ultra un under up very via well what when which who with within without worst write
    yet
    """
)
# Words of operations that make compounds ("crash-loop", "pull-secret") and no names by themselves.
_ORDINARY = _words(
    """
    access addition address affected aware backed backing balancer based behind bound broken
    bug bytes call case caused cause change changes check checks clean client close cluster
    code command common config configuration connected connection container containers control
    core count cpu crash crashes created cut cycle data date day days dead deep default
    defined delay dependent dependency deployment disk dns driven due edge effect empty end
    entry env environment error errors even event events evicted exit exceeded external fail
    failed failing failure fast file fine fix fixed flight follow force found free friendly
    grace grained graceful group hand healthy health heavy hoc host hosts hour http https id
    image images impact incorrect internal invalid ip issue item key kill killed kind kubelet
    label large layer level lib liveness life limit limited limits line list live load local
    log logs lived loop looping made managed manager map match matching max memory message min
    minute misconfiguration mismatch missing mode mount name named namespace network node
    nodes null number object of open operation option order other owner pair pass path pending
    period person place plane plugin pod pods point policy poll port ports pressure probe
    problem process prod production project pull pulls purpose qos query quota range rate
    ready readiness real reason reboot ref referenced refused registry related release replica
    replicas request requests reset resolve resource resources restart restarts result retry
    return revision roll rollout root rule run running safe scale scheduled scheduler schema
    secret selector sent server service set shot shut side size sized slash slow space
    specific specified spec stale standing start started startup state status step steps stop
    storage stuck style sync system table tag task tasks termination text threshold tier
    timeout token touch traffic trailing triage true try tune turn type unhealthy unknown
    unschedulable update upstream usage use used user valid value variable version volume wait
    waiting warning way wide window word work works written wrong yaml year zero zone bound
    line wise proof ended sided old exist existing loops backoff limit-range oom one-off hit
    memory-limit
    """
)
_SUFFIX = re.compile(r"(?:ing|ed|able|ible|ly|ment|ness|tion|sion|ive|ful|less|wise|ity|ies)\Z")


def is_english(word: str, *, every: bool = False) -> bool:
    """Whether a hyphenated word is one of English or of operations, not the name of an object.

    every  not by one part alone ("wait-for-db"): where it stands says that it may be a name
    """
    parts = word.lower().split("-")
    if every:
        return all(part in _FUNCTION or part in _ORDINARY for part in parts)
    if any(part in _FUNCTION for part in parts):
        return True
    return all(part in _ORDINARY or _SUFFIX.search(part) for part in parts)


# After or before "namespace", "pod" …: not the name of one.
NOT_NAMES = _words(
    """
    a affected all also an and any are as at be been being belongs both but by can cannot each
    either every exists failed fails first following for from given had has have healthy here
    how in into is isn it its itself last left like list may more most named names need new no
    node nodes not now of on one only or other others out over own pod pods problem problems
    quota running same second see seems several should show shows since so some still such
    targeted than that the their them there these they third this those three to two unhealthy
    until up was were what when where whether which while who whole will with within without
    would yet controller level object objects resource resources selector labels label status
    spec events entire affected target relevant different another separate specific respective
    correct wrong der die das den dem des ein eine einem einen einer ist sind war und oder mit
    im in nicht kein keine für auf aus von zu zum wird werden wurde hat haben gibt läuft
    laufen existiert fehlt selbst alle allen jeder jedem beide beiden
    """
)

NUMBERS = {
    word: number
    for number, names in enumerate(
        ("zero null", "one", "two zwei", "three drei", "four vier", "five fünf", "six sechs",
         "seven sieben", "eight acht", "nine neun", "ten zehn", "eleven elf", "twelve zwölf")
    )
    for word in names.split()
}  # fmt: skip
