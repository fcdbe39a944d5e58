using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester.Scenarios;

/// <summary>Reads a scenario file (docs/loadtest.md).</summary>
internal static class ScenarioFile
{
    public const string DefaultServer = "http://localhost:5080";

    private const double DayMax = ScenarioLimits.SecondsMax;
    private const double LeastRate = 0.001;

    /// <summary>Reads a file of the name, or one of those that come with the product.</summary>
    /// <exception cref="ScenarioRefusedException">It is not there, or no scenario.</exception>
    public static Scenario Load(string name)
    {
        var path = Find(name) ?? throw new ScenarioRefusedException(new ScenarioRefusal(
            ScenarioProblem.NotFound, name, null, "", $"There is no such file. These come with the product: {string.Join(", ", Shipped())}."));
        try
        {
            if (new FileInfo(path).Length > ScenarioText.BytesMax)
            {
                throw new ScenarioRefusedException(new ScenarioRefusal(ScenarioProblem.TooLarge, name, null, "", $"A scenario has at most {ScenarioText.BytesMax / 1024} KB."));
            }

            return Read(name, File.ReadAllText(path));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioRefusedException(new ScenarioRefusal(ScenarioProblem.NotFound, name, null, "", unreadable.Message));
        }
    }

    /// <summary>Names of the scenarios that come with the product.</summary>
    public static IReadOnlyList<string> Shipped() =>
        Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder, "*.json").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)] : [];

    /// <summary>Reads a scenario.</summary>
    /// <exception cref="ScenarioRefusedException">It is none.</exception>
    public static Scenario Read(string file, string text)
    {
        var root = new ScenarioObject(file, ScenarioText.Read(file, text));
        var server = root.Text("server", DefaultServer, 300);
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw root.Refused(ScenarioProblem.OutOfRange, "server", "Write an address like http://localhost:5080.");
        }

        var scenario = new Scenario
        {
            Name = root.Text("name", null, ScenarioLimits.NameLengthMax),
            About = root.Text("about", " ", ScenarioLimits.AboutLengthMax).Trim(),
            Server = address,
            Seed = root.Whole("seed", 1, 0, int.MaxValue),
            Protocol = root.Choice<ProtocolChoice>("protocol", ProtocolChoice.Json),
            Duration = TimeSpan.FromSeconds(root.Number("durationSeconds", null, 1, DayMax)),
            Rooms = [.. root.List("rooms", ScenarioLimits.GroupsMax).Select(value => ReadRoom(new ScenarioObject(file, value)))],
            Groups = [.. root.List("viewers", ScenarioLimits.GroupsMax).Select((value, index) => ReadGroup(new ScenarioObject(file, value), index))],
            Actions = [.. root.List("actions", ScenarioLimits.GroupsMax).Select(value => ReadAction(new ScenarioObject(file, value)))],
            Acts = [.. root.List("acts", ScenarioLimits.ActsMax).Select(value => ReadAct(new ScenarioObject(file, value)))],
            Storms = [.. root.List("storms", ScenarioLimits.GroupsMax).Select(value => ReadStorm(new ScenarioObject(file, value)))],
            Thresholds = [.. root.List("checks", ScenarioLimits.ThresholdsMax).Select(value => ReadThreshold(file, value))],
        };
        root.Done();
        return Judge(root, scenario);
    }

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Scenarios");

    private static string? Find(string name)
    {
        if (File.Exists(name)) { return name; }
        var shipped = Path.Combine(Folder, $"{Path.GetFileName(name)}.json");
        return Path.GetFileName(name) == name && File.Exists(shipped) ? shipped : null;
    }

    private static RoomPlan ReadRoom(ScenarioObject room)
    {
        var plan = new RoomPlan
        {
            Name = room.Text("name", null, ScenarioLimits.NameLengthMax),
            Count = room.Whole("count", 1, 1, ScenarioLimits.RoomsMax),
            RoomId = room.TextOrNone("roomId", 64),
            Publish = room.Truth("publish", fallback: false),
            Stock = room.Whole("stock", 0, 0, ScenarioLimits.StockMax),
            PriceMinor = room.Whole("priceMinor", 1_900, 50, 99_999_999),
        };
        room.Done();
        if (plan.RoomId is not null && plan.Count > 1) { throw room.Refused(ScenarioProblem.Contradiction, "count", "A room with a roomId is one room: leave count away."); }
        return plan.RoomId is not null && plan.Stock > 0
            ? throw room.Refused(ScenarioProblem.Contradiction, "stock", "Products are sold in rooms of the load tester's own: leave roomId or stock away.")
            : plan;
    }

    private static GroupPlan ReadGroup(ScenarioObject group, int index)
    {
        var plan = new GroupPlan
        {
            Name = group.Text("name", $"viewers {index + 1}", ScenarioLimits.NameLengthMax),
            Room = group.Text("room", null, ScenarioLimits.NameLengthMax),
            Count = group.Whole("count", null, 1, ScenarioLimits.ViewersMax),
            ArriveAt = group.Number("arriveAt", 0, 0, DayMax),
            ArrivePerSecond = group.Number("arrivePerSecond", 100, LeastRate, ScenarioLimits.PerSecondMax),
            Stay = group.Span("staySeconds", 0.1, DayMax),
            Away = group.Span("awaySeconds", 0, DayMax),
            Resume = group.Truth("resume", fallback: true),
            Plays = group.Number("plays", 0, 0, 1),
            LowLatency = group.Truth("lowLatency", fallback: false),
            Watches = group.Number("watches", 1, 0, 1),
            ReadBytesPerSecond = group.WholeOrNone("readBytesPerSecond", 0, ScenarioLimits.ReadBytesMax),
        };
        group.Done();
        if (plan.LowLatency && plan.Plays <= 0) { throw group.Refused(ScenarioProblem.Contradiction, "lowLatency", "Nobody here plays: say plays as well."); }
        return plan.Away is not null && plan.Stay is null
            ? throw group.Refused(ScenarioProblem.Contradiction, "awaySeconds", "Who stays to the end is never away: say staySeconds as well.")
            : plan;
    }

    private static ActionPlan ReadAction(ScenarioObject action)
    {
        var plan = new ActionPlan
        {
            Kind = action.Choice<ActionKind>("do", fallback: null),
            Room = action.Text("room", null, ScenarioLimits.NameLengthMax),
            PerSecond = action.Number("perSecond", null, LeastRate, ScenarioLimits.PerSecondMax),
            From = action.Number("from", 0, 0, DayMax),
            Until = action.NumberOrNone("until", 0, DayMax),
            Combo = action.Span("combo", 1, ScenarioLimits.ComboMax, whole: true) ?? new Span(1, 1),
            Quantity = action.Span("quantity", 1, 50, whole: true) ?? new Span(1, 1),
            Gift = action.TextOrNone("gift", 64),
        };
        action.Done();
        if (plan.Until is { } until && until <= plan.From) { throw action.Refused(ScenarioProblem.OutOfRange, "until", "until comes after from."); }
        if (plan.Kind != ActionKind.Gift && (action.Has("combo") || action.Has("gift")))
        {
            throw action.Refused(ScenarioProblem.Contradiction, action.Has("combo") ? "combo" : "gift", "Only gifts have this.");
        }

        return plan.Kind == ActionKind.Buy && plan.Quantity.Max > 20
            ? throw action.Refused(ScenarioProblem.OutOfRange, "quantity", "An order has at most 20 items.")
            : plan;
    }

    private static ActPlan ReadAct(ScenarioObject act)
    {
        var kind = act.Choice<ActKind>("do", fallback: null);
        var (room, at) = (act.Text("room", null, ScenarioLimits.NameLengthMax), act.Number("at", 0, 0, DayMax));
        var plan = kind switch
        {
            ActKind.RedPacket => new ActPlan
            {
                Kind = kind,
                Room = room,
                At = at,
                Coins = act.Whole("coins", null, 1, 1_000_000),
                Shares = act.Whole("shares", null, 1, ScenarioLimits.PeopleMax),
                Share = act.Choice<RedPacketKind>("share", RedPacketKind.Random),
                People = act.Whole("people", null, 1, ScenarioLimits.PeopleMax),
            },
            ActKind.Battle => new ActPlan
            {
                Kind = kind,
                Room = room,
                At = at,
                Against = act.Text("against", null, ScenarioLimits.NameLengthMax),
                Seconds = act.Whole("seconds", BattleLimits.SecondsMin, BattleLimits.SecondsMin, BattleLimits.SecondsMax),
                GiveUpAfter = act.NumberOrNone("giveUpAfterSeconds", 1, BattleLimits.SecondsMax),
            },
            ActKind.Goal => new ActPlan { Kind = kind, Room = room, At = at, Coins = act.Whole("coins", null, 1, int.MaxValue) },
            ActKind.CardGift => new ActPlan
            {
                Kind = kind,
                Room = room,
                At = at,
                Gift = act.Text("gift", null, 64),
                People = act.Whole("people", 1, 1, ScenarioLimits.PeopleMax),
            },
            _ => new ActPlan { Kind = kind, Room = room, At = at, People = act.Whole("people", 1, 1, ScenarioLimits.PeopleMax) },
        };
        act.Done();
        return plan;
    }

    private static StormPlan ReadStorm(ScenarioObject storm)
    {
        var plan = new StormPlan
        {
            At = storm.Number("at", null, 0, DayMax),
            Share = storm.Number("share", 1, 0, 1),
            Group = storm.TextOrNone("viewers", ScenarioLimits.NameLengthMax),
            Within = storm.Number("withinSeconds", 0, 0, 600),
        };
        storm.Done();
        return plan;
    }

    private static Threshold ReadThreshold(string file, ScenarioValue value) =>
        value.Type == System.Text.Json.JsonTokenType.String && Threshold.Parse(value.Text) is { } threshold
            ? threshold
            : throw new ScenarioRefusedException(new ScenarioRefusal(
                ScenarioProblem.UnknownChoice, file, value.Line, value.Path, $"This is no check. Write {Threshold.Usage}, in quotation marks."));

    private static Scenario Judge(ScenarioObject root, Scenario scenario)
    {
        var names = scenario.Rooms.Select(room => room.Name).ToList();
        if (names.Count == 0) { throw root.Refused(ScenarioProblem.Missing, "rooms", "At least one room must be here: \"rooms\": [{ \"name\": \"main\" }]."); }
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count) { throw root.Refused(ScenarioProblem.Repeated, "rooms", "Two rooms have one name. Use count for rooms that are alike."); }
        foreach (var (list, index, room) in scenario.Groups.Select((group, index) => ("viewers", index, group.Room))
            .Concat(scenario.Actions.Select((action, index) => ("actions", index, action.Room)))
            .Concat(scenario.Acts.Select((act, index) => ("acts", index, act.Room)))
            .Concat(scenario.Acts.Index().Where(act => act.Item.Against is not null).Select(act => ("acts", act.Index, act.Item.Against!))))
        {
            if (!names.Contains(room, StringComparer.Ordinal))
            {
                throw root.Refused(ScenarioProblem.UnknownName, list, $"{list}[{index}].room is \"{room}\", and the rooms are: {string.Join(", ", names)}.");
            }
        }

        var groups = scenario.Groups.Select(group => group.Name).ToList();
        if (groups.Distinct(StringComparer.Ordinal).Count() != groups.Count) { throw root.Refused(ScenarioProblem.Repeated, "viewers", "Two groups of viewers have one name."); }
        if (scenario.Storms.FirstOrDefault(storm => storm.Group is { } name && !groups.Contains(name, StringComparer.Ordinal)) is { } lost)
        {
            throw root.Refused(ScenarioProblem.UnknownName, "storms", $"A storm is about \"{lost.Group}\", and the groups of viewers are: {string.Join(", ", groups)}.");
        }

        return Problem(scenario) is { } problem ? throw root.Refused(problem.Problem, problem.Name, problem.Message) : scenario;
    }

    /// <summary>What no single value is to blame for; null: all is well.</summary>
    public static (ScenarioProblem Problem, string Name, string Message)? Problem(Scenario scenario)
    {
        if (scenario.Viewers > ScenarioLimits.ViewersMax) { return (ScenarioProblem.OutOfRange, "viewers", $"All groups together have at most {ScenarioLimits.ViewersMax} viewers."); }
        if (scenario.Rooms.Sum(room => room.Count) > ScenarioLimits.RoomsMax) { return (ScenarioProblem.OutOfRange, "rooms", $"There are at most {ScenarioLimits.RoomsMax} rooms."); }
        if (scenario.Rooms.Where(room => room.Publish).Sum(room => room.Count) > ScenarioLimits.PublishingMax)
        {
            return (ScenarioProblem.OutOfRange, "rooms", $"At most {ScenarioLimits.PublishingMax} rooms can publish: each has an encoder here and one at the server.");
        }

        foreach (var action in scenario.Actions)
        {
            var room = scenario.Rooms.First(one => one.Name == action.Room);
            if (action.Kind == ActionKind.Buy && room.Stock == 0) { return (ScenarioProblem.Contradiction, "actions", $"Somebody buys in \"{room.Name}\", which sells nothing: give it a stock."); }
            if (action.Kind == ActionKind.Like && scenario.Groups.All(group => group.Room != room.Name)) { return (ScenarioProblem.Contradiction, "actions", $"Likes come from viewers, and \"{room.Name}\" has none."); }
        }

        if (ActProblem(scenario) is { } act) { return act; }
        foreach (var kind in Enum.GetValues<ActionKind>())
        {
            if (scenario.Actions.Where(action => action.Kind == kind).Sum(action => action.PerSecond * scenario.SecondsOf(action)) > ScenarioLimits.SendsMax)
            {
                return (ScenarioProblem.OutOfRange, "actions", $"That is more than {ScenarioLimits.SendsMax} of one kind. Choose a lower perSecond or a shorter time.");
            }
        }

        return scenario.Senders + scenario.Actors > ScenarioLimits.SendersMax
            ? (ScenarioProblem.OutOfRange, "actions", $"That needs {scenario.Senders + scenario.Actors} accounts, and {ScenarioLimits.SendersMax} is the most. Choose a lower perSecond.")
            : null;
    }

    private static (ScenarioProblem Problem, string Name, string Message)? ActProblem(Scenario scenario)
    {
        foreach (var act in scenario.Acts)
        {
            foreach (var name in (string?[])[act.Room, act.Against])
            {
                if (name is null || scenario.Rooms.FirstOrDefault(one => one.Name == name) is not { } room) { continue; }
                if (room.Count > 1 || room.RoomId is not null)
                {
                    return (ScenarioProblem.Contradiction, "acts", $"Acts are done in one room of the load tester's own, and \"{name}\" is not: leave its count and roomId away.");
                }

                if (act.Kind is ActKind.RedPacket or ActKind.Battle or ActKind.CardGift && !room.Publish)
                {
                    return (ScenarioProblem.Contradiction, "acts", $"Red packets, battles and card gifts need a live room: let \"{name}\" publish.");
                }
            }

            if (act.Against == act.Room) { return (ScenarioProblem.Contradiction, "acts", "A battle needs two rooms."); }
        }

        // What is given by card is in no wallet, so its sum could not be proven.
        var counted = scenario.Acts.Where(act => act.Kind is ActKind.Battle or ActKind.Goal).SelectMany(act => (string?[])[act.Room, act.Against]).ToHashSet();
        return scenario.Acts.FirstOrDefault(act => act.Kind == ActKind.CardGift && counted.Contains(act.Room)) is { } mixed
            ? (ScenarioProblem.Contradiction, "acts", $"\"{mixed.Room}\" has card gifts and a battle or a goal, whose sum is proven by wallets: use two rooms.")
            : null;
    }
}
