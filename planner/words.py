# SPDX-License-Identifier: Apache-2.0
"""English that belongs to no template: fillers, joints, counts, and the verbs of work that may not be on offer."""

import re


def _words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return _words(text)


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of a text, separated by `·`, longest first."""
    return tuple(sorted((tuple(part.split()) for part in text.split("·")), key=len, reverse=True))


#: Skipped wherever a pattern does not ask for them.
FILLERS = _words(
    """the a an please pls kindly now just then also again there immediately asap ok okay hey hi hello thanks thank so
    well too here right away first finally next afterwards afterward simply quickly back once more actually currently
    really maybe our my your his her this that these those all its their it's one ones another and do does me us of
    named called onto hm hmm uh um erm oops"""
)
#: Stand for something named before.
ANAPHORS = _words("it them that this same him her both")
#: Join values of one kind, or clauses.
JOINTS = _words(", and & plus +")
STRONG_BREAKS = _words("; . ! ? then")
#: Politeness and framing before the verb.
LEAD_INS = _phrases(
    """could you·can you·would you·will you·can we·could we·i want you to·i want to·i need you to·i need to·i need·
    i would like to·i would like you to·i'd like to·i'd like you to·we need to·we want to·we have to·you need to·
    you should·you must·let's·let us·go ahead and·try to·be sure to·make sure to·would you mind·do you think you could·
    let me·it would be great if you could·it would be nice if you could·i would appreciate it if you could·if you could·
    kick off a·kick off the·kick off·help me·i'd love to·we should·we must·and then·after that·and after that·
    but first·connect to·connect·log in to·
    log into·log in·log on to·log on·log onto·sign in to·sign in·sign on to·ssh into·ssh to·
    go to·go·for·on·in·at·to·from·with·but·use·gimme·sudo·choco·winget·zypper"""
)
_VERY = r"(?: (?:really|very|much|so|most|greatly|highly|just))*"
_SOMEONE = r"(?:you(?: guys)?|we|(?:some|any)(?:one|body)(?: there)?|one of you|(?:the|your) \w+)"
_CAN = r"(?:could|can|would|will|might|may)"
_WONDER = r"(?:i|we)(?: was| were| am| are|'m|'re)?(?: just)? wonder(?:ing|ed)?"
_GLAD = (
    rf"(?:(?:i|we)(?:'d| would| should){_VERY} "
    rf"(?:appreciate(?: it)?|be{_VERY}(?: grateful| glad| happy| thankful))|"
    rf"(?:it|that)(?:'d| would) be{_VERY} (?:great|nice|good|helpful|lovely|kind|wonderful|appreciated)|{_WONDER})"
)
#: The beginning of a wish of which no one is asked: "it would be great if nginx could be restarted".
COURTESY = re.compile(rf"{_GLAD} (?:if|whether)(?= |$)")
#: The same said at length: "I'd really appreciate it if somebody could", "I was wondering whether you might".
POLITENESS = re.compile(
    rf"(?:{_GLAD} "
    rf"(?:if|whether) {_SOMEONE} {_CAN}(?: (?:perhaps|possibly|maybe|please|kindly|also))*(?: be able to| manage to)?|"
    rf"(?:{_WONDER} (?:if|whether) )?(?:it (?:is|was|would|might|may|could)(?: be)?|is it|{_CAN} it be) "
    rf"(?:perhaps )?possible (?:for {_SOMEONE} )?to|"
    rf"(?:{_CAN} (?:you|someone|somebody|anyone|anybody)(?: please| kindly)? )?"
    rf"be (?:so|kind|good)(?: kind| good| nice)? (?:(?:as|enough) )?(?:to|and)|"
    rf"(?:i|we)(?:'d| would)(?: just| only| simply| really)+ like(?: you)? to|"
    rf"(?:i|we)(?: just| only| simply| really)+ (?:want|need|have)(?: you)? to|"
    rf"(?:i|we)(?:(?:'d| would)(?: just| really)* (?:like|love)|(?: just| really)* (?:want|need))"
    rf"(?: you)? to (?:know|find out)(?! when| where| what)|"
    rf"(?:{_CAN} (?:you|someone|somebody|anyone|anybody) )?(?:please )?be (?:so|that|as) (?:kind|good|nice)$|"
    rf"{_CAN} (?:someone|somebody|anyone|anybody))(?= |$)"
)
#: Words of the longest of them.
LONGEST_POLITENESS = 16
#: Emphasis that changes nothing: "restart nginx and nothing else".
EMPHASIS = _phrases(
    "and nowhere else·but nowhere else·nowhere else·and not anywhere else·and on no other machine·and on no other host·"
    "and on no other server·and on no others·on no other machine·on no other host·on no other server·"
    "and nothing else·nothing else·and nothing more·otherwise do nothing·else do nothing·otherwise "
    "leave it alone·otherwise leave it·otherwise skip it·only that·as usual·if possible·for "
    "me·for us·at your convenience·before anything else·first of all·to begin with·to start with·if you can·"
    "as discussed·as always·no rush at all·no rush·no hurry·"
    "not urgent·it is not urgent·take your time·alike·as soon as possible·as soon as you can·right away"
)
_COUNTED = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
NUMBERS = {word: value for value, word in enumerate(_COUNTED.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
    "dozen": 12,
}
#: Verbs of operators' work. Not an offer: they keep a clause whole and a refusal honest.
WORK_VERBS = _words(
    """restart start stop reload enable disable install uninstall remove delete erase wipe update upgrade patch reboot
    shutdown copy deploy move rename create make add set change edit modify write append replace mount unmount kill
    terminate run execute open close allow block permit deny configure schedule download fetch collect extract unpack
    unzip archive compress check verify show list get find search print count wait ping test restore rollback roll lock
    unlock reset grant revoke join drain promote clone pull push backup back clean cleanup rotate trim format clear
    flush purge rm mv cp mkdir chmod chown touch load unload ensure confirm report monitor log notify send upload put
    provision
    decommission power turn switch bring take shut register apply perform carry give keep renew sync link resize expand
    import export migrate bounce compare"""
)
#: What operators' work is about, where no template knows the word.
WORK_NOUNS = _words(
    """server servers host hosts machine machines service services process file files folder directory package packages
    user users account accounts group port firewall disk memory cpu certificate registry update updates task job
    jobs logs script database backup patches hostname timezone kernel repository share mount uptime node nodes box
    boxes system systems feature module path environment network dns"""
)
QUESTION_STARTS = _words("is are was were did has have which what what's who when where how why any")
#: Nouns for machines.
MACHINES = _words(
    """server servers host hosts machine machines system systems box boxes node nodes computer computers vm vms instance
    instances asset assets target targets fleet estate pc pcs workstation workstations"""
)
PREPOSITIONS = _words("on in at for from to of across against within onto into over under")
DETERMINERS = _words("the our my your those these single following a an only remaining")
WHOLE = _words("all every each any both entire whole")
#: What opens an exception among targets.
EXCEPTIONS = _phrases(
    """with the exception of·that are not in·which are not in·that aren't in·that are not·but not those in·but not in·
    not in·outside of·outside·other than·but leave out·but leaving out·but skip·but skipping·but exclude·but excluding·
    but omit·exclude·omit·omitting·
    apart from·aside from·but not·except for·except·excepting·excluding·without·but·
    skip·skipping·besides·minus·not on·leave out·leaving out·not"""
)
#: Behind a noun for machines these say that all of them are meant.
OURS = _phrases(
    "that we have·we have·you have·there are·out there·in the company·in our company·in the estate·in our estate·"
    "in the whole company·of the company·in the organisation·in the organization·we own·we run·we manage·"
    "in the inventory·in the fleet·in the environment"
)
ARTICLES = _words("the a an some all every any our my this that these those")
#: Programs whose names are English words as well.
PROGRAMS = _words(
    """hostname reboot shutdown mount umount ping find cp mv rm mkdir chmod chown touch kill test service sync lock
    uname free uptime stat ls dir df du cat tail head top tar zip unzip curl wget git ln lsblk modprobe crontab
    hostnamectl timedatectl sha256sum md5sum systeminfo"""
)
#: Time zones without a slash.
ZONES = _words("UTC GMT CET CEST EET WET MET EST EDT CST CDT MST MDT PST PDT JST IST BST")
#: Programs that are named as things at least as often as they are typed: "stop cron", "install git and unzip".
SOFTWARE = _words(
    """cron curl wget git tar zip unzip gzip rsync ntp chrony tree ufw firewalld firewall-cmd iptables nftables apt
    apt-get
    yum dnf zypper net sc reg systemctl usermod useradd docker podman telnet ssh sshd named at screen less make find
    netsh schtasks taskkill dism msiexec choco winget modprobe sysctl systemd certbot snap pip npm logrotate
    bash sh zsh python python3 perl powershell pwsh rpm dpkg sed cat grep ls df du ps top free uptime hostname"""
) - _words("find make less top free at uptime hostname")
#: Windows programs whose options begin with a slash.
SLASHING = _words(
    "mklink taskkill reg net schtasks sc dism msiexec netsh shutdown icacls ipconfig robocopy xcopy wusa gpupdate"
)
#: Words of the vocabulary that services are called as well, and those of them that packages are called.
EVERYDAY_SERVICES = _words(
    """agent api backup bits cache client dns eventlog gateway mail manager metrics monitor nfs proxy queue scheduler
    smb syslog web worker winrm defender"""
)
EVERYDAY_PACKAGES = _words("agent gpg nfs syslog")
#: Behind or before such a word they show that it is a name.
CALLING = _words("service services daemon package packages process unit")
#: What turns a clause into its opposite.
NEGATIONS = _words("not don't never no cannot can't won't shouldn't mustn't without avoid doesn't isn't")
MODALS = _words("should must shall can may could to needs need has have ought be")
#: Turn an order into another one, or say when it counts.
TURNING = NEGATIONS | _words(
    """if unless except otherwise else until while when whenever before after or but instead already longer nor neither
    than rather"""
)
#: Join a value to what it belongs to, and say nothing of their own.
LINKS = _words("of for on in at with")
#: Words of time, people, reasons and talk: no names unless quoted.
TIMES = _words(
    """day days night nights week weeks weekend weekends month months year years today tomorrow tonight yesterday
    morning mornings evening evenings afternoon afternoons noon midnight"""
)
NO_NAMES = TIMES | _words(
    """hour
    hours minute minutes second seconds moment time times date monday tuesday
    wednesday thursday friday saturday sunday january february march april june july august september october november
    december people customer customers colleague colleagues guy guys boss team teams manager managers admin admins
    vendor vendors developer developers auditor auditors folks someone somebody anyone anybody everyone everybody he she
    him her his they we us you i me who whom reason reasons ticket incident request requests change changes problem
    problems issue issues error errors outage attention help trouble question questions thing things stuff something
    anything everything nothing way ways work lot lots bit kind sort part rest load traffic space name names value
    values number numbers state status case cases place places side office building floor room rack site sites power
    light lights door doors coffee new old latest current same other next last previous big small good bad slow fast
    broken dead hung stuck available ready busy free full empty wrong right sure possible necessary urgent important
    quick careful fine great nice more less most least few many much enough very still always often sometimes soon later
    early late yet ever ago since during about around between like because due via per is are was were am been being
    has have had do does did done will would shall should can could may might must"""
)
#: What says that something is wanted, by itself and not of somebody who does it already.
WISHES = _phrases(
    """i want·we want·i need·we need·i would like·we would like·i'd like·we'd like·i'd love·we'd love·i wish·
    i'd need·we'd need·i'll need·we'll need·wanted·
    ought to·ought·should·must·shall·has to·have to·had better·is to·are to·needs to·need to·needs·need·wants·want·
    is supposed to·are supposed to·is meant to·are meant to·please·pls·plz·kindly·can·could·let·let's·gets·get·needed·
    is needed·required·is required"""
)
#: What a wish goes on with.
WISH_TAILS = _words("to be get have see a an it please really now also just that")
#: Words that tell how things are as often as how they shall be: they count beside a wish only.
TOLD = _words("down up gone away go out lacks misses missing back")
#: Words that are right as they are, so that no typo repair touches them.
ENGLISH = (
    FILLERS
    | ANAPHORS
    | WORK_VERBS
    | WORK_NOUNS
    | QUESTION_STARTS
    | MACHINES
    | PREPOSITIONS
    | DETERMINERS
    | WHOLE
    | MODALS
    | {word for phrase in (*LEAD_INS, *EXCEPTIONS, *EMPHASIS, *WISHES) for word in phrase}
    | frozenset(NUMBERS)
    | _words(
        """everything everywhere anything nothing slow fast state port sort short slot site host post cost most last
        list with when where while still such databases webservers dbs dcs apps
        grateful appreciate wondering wonder somebody though although however succeeds succeed succeeded fails failed
        collectd
        limerick poem song"""
    )
)
#: Which sort of file a path is: it says nothing that the path does not say.
FILE_SORTS = _words("flag lock marker stamp sentinel semaphore dump trace state stale")
#: Whom or what a remark behind a comma tells of, and how it goes on.
TOLD_OF = _words("he she they it it's he's she's they're")
TELLING = _words(
    """has have is was were had are left moved works quit retired resigned keeps hangs fills looks seems acts does got
    went died crashed"""
)
#: What makes a remark a wish.
WISHING = _words("to need needs want wants should must shall not never no be")
#: What shows that the name of a protocol stands for its port.
LETTING = _words("allow open permit unblock expose block deny close firewall ufw firewalld port ports")
#: Words of talk that name nothing: no service, no package.
TALK = _words(
    """i.e e.g i.e. e.g. viz namely
    try tries tried trying nobody everybody somebody someone anyone anybody abort aborts aborted aborting continue
    continuing proceed proceeding bother bothering sorry urgent urgently thank tell telling told think thinking hope
    hoping wish wishing believe guess seems looks happen happens happened because therefore meanwhile regards greetings
    asap anyway besides"""
)
#: What points back at something named before.
POINTING = _words("the that this it them its same")
#: Texts that are no work on machines, even where they are to be about some.
TEXTS = _words("haiku limerick poem poems joke jokes story song songs recipe essay sonnet rhyme ballad")
#: Places of machines that no asset database knows.
CLOUDS = _words("aws azure gcp ec2 openstack")
#: Things of an office.
OFFICE = _words(
    "invitation invitations invite stand-up standup "
    "toner cartridge projector headset badge stapler kettle whiteboard beamer toilet coffee window lamp chair"
)
#: Talk that is about anything but machines.
OTHER_TALK = (
    _words(
        """haiku limerick
    poem poems joke jokes story song recipe weather essay translate capital love news movie laptop laptops phone
    lunch aws azure gcp cloud vm vms invoice meeting holiday email mail"""
    )
    | OFFICE
)
