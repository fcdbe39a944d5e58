using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;

namespace LiveCommerce.LoadTester.Tests;

public sealed class ScenarioTests
{
    private const string Whole = """
        // A comment.
        {
          "name": "All of it",
          "about": "Everything a scenario can say.",
          "server": "https://shop.example:8443",
          "seed": 7,
          "protocol": "messagePack",
          "durationSeconds": 12.5,
          "rooms": [
            { "name": "hot", "publish": true, "stock": 40, "priceMinor": 500 },
            { "name": "small", "count": 30 }, /* and another comment */
          ],
          "viewers": [
            { "name": "crowd", "room": "hot", "count": 1000, "arrivePerSecond": 250, "plays": 0.1, "watches": 0.5 },
            { "room": "small", "count": 60, "arriveAt": 3, "staySeconds": [2, 4], "awaySeconds": 1, "resume": false },
            { "name": "slow", "room": "hot", "count": 5, "readBytesPerSecond": 0 },
          ],
          "actions": [
            { "do": "chat", "room": "small", "perSecond": 3 },
            { "do": "gift", "room": "hot", "perSecond": 25, "combo": [2, 5], "quantity": 3, "gift": "rose", "from": 1, "until": 5 },
            { "do": "like", "room": "hot", "perSecond": 10, "quantity": [1, 50] },
            { "do": "buy", "room": "hot", "perSecond": 12 },
          ],
          "storms": [{ "at": 5, "share": 0.5, "viewers": "crowd", "withinSeconds": 2 }],
          "checks": ["gift.p99<=150", "errors<=0"],
        }
        """;

    [Fact]
    public void WholeScenario_IsReadAsItStands()
    {
        var scenario = ScenarioFile.Read("all.json", Whole);

        Assert.Equal(("All of it", 7, ProtocolChoice.MessagePack, 12.5), (scenario.Name, scenario.Seed, scenario.Protocol, scenario.Duration.TotalSeconds));
        Assert.Equal(new Uri("https://shop.example:8443"), scenario.Server);
        Assert.Equal((1065, 100, 50, 2), (scenario.Viewers, scenario.CountOf(ActionKind.Gift), scenario.CountOf(ActionKind.Chat) + 13, scenario.Thresholds.Count));
        Assert.Equal("viewers 2", scenario.Groups[1].Name);
        Assert.Equal((new Span(2, 4), new Span(1, 1), false), (scenario.Groups[1].Stay!.Value, scenario.Groups[1].Away!.Value, scenario.Groups[1].Resume));
        Assert.Equal(0, scenario.Groups[2].ReadBytesPerSecond);
        Assert.Equal((new Span(2, 5), "rose"), (scenario.Actions[1].Combo, scenario.Actions[1].Gift));

        // As many accounts as the fastest of a room's actions needs, and one in each room that has any.
        Assert.Equal((3, 30), (scenario.SendersIn(scenario.Rooms[0]), scenario.SendersIn(scenario.Rooms[1])));
    }

    [Theory]
    [InlineData("hot-room")]
    [InlineData("small-rooms")]
    [InlineData("slow-readers")]
    [InlineData("storm")]
    [InlineData("shop-rush")]
    [InlineData("soak")]
    [InlineData("show")]
    public void ScenarioThatComesWithTheProduct_CanBeRun(string name)
    {
        Assert.Contains(name, ScenarioFile.Shipped());
        Assert.NotEmpty(ScenarioFile.Load(name).About);
    }

    // Each with the line and the path where it is wrong, and a word of what is allowed there.
    [Theory]
    [InlineData("[]", (int)ScenarioProblem.NotJson, 1, "", "begins with {")]
    [InlineData("{ \"name\": 'x' }", (int)ScenarioProblem.NotJson, 1, "", "not JSON")]
    [InlineData("{\n\"name\": \"x\",\n\"name\": \"y\"}", (int)ScenarioProblem.Repeated, 3, "name", "twice")]
    [InlineData("{} {}", (int)ScenarioProblem.NotJson, 1, "", "JSON")]
    [InlineData("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}", (int)ScenarioProblem.TooLarge, 1, "", "depth")]
    [InlineData("{\n\"durationSeconds\": 5, \"rooms\": [{ \"name\": \"a\" }] }", (int)ScenarioProblem.Missing, 1, "name", "text of 1 to 60")]
    [InlineData("{\n\"name\": 5 }", (int)ScenarioProblem.WrongType, 2, "name", "a text")]
    [InlineData("{ \"name\": \"\" }", (int)ScenarioProblem.OutOfRange, 1, "name", "1 to 60")]
    [InlineData("{ \"name\": \"x\", \"server\": \"nowhere\" }", (int)ScenarioProblem.OutOfRange, 1, "server", "http://")]
    [InlineData("{ \"name\": \"x\",\n\n\"durationSeconds\": 0 }", (int)ScenarioProblem.OutOfRange, 3, "durationSeconds", "1 and 86400")]
    [InlineData("{ \"name\": \"x\", \"durationSeconds\": 5, \"protocol\": \"xml\" }", (int)ScenarioProblem.UnknownChoice, 1, "protocol", "json, messagePack, mixed")]
    [InlineData("{ \"name\": \"x\", \"durationSeconds\": 5 }", (int)ScenarioProblem.Missing, 1, "", "\"rooms\": [")]
    [InlineData("{ \"name\": \"x\", \"durationSeconds\": 5, \"rooms\": {} }", (int)ScenarioProblem.WrongType, 1, "rooms", "a list")]
    [InlineData("{ \"name\": \"x\", \"durationSeconds\": 5, \"rooms\": [7] }", (int)ScenarioProblem.WrongType, 1, "rooms[0]", "an object")]
    public void ScenarioThatIsNone_IsRefusedWhereItIsWrong(string text, int problem, int line, string path, string word) =>
        AssertRefused(text, (ScenarioProblem)problem, line, path, word);

    [Theory]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }, { \"name\": \"a\" }]", (int)ScenarioProblem.Repeated, "rooms", "count")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"colour\": 1 }]", (int)ScenarioProblem.UnknownName, "rooms[0].colour", "publish")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"count\": 2.5 }]", (int)ScenarioProblem.WrongType, "rooms[0].count", "whole")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"publish\": \"yes\" }]", (int)ScenarioProblem.WrongType, "rooms[0].publish", "true or false")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"roomId\": \"1\", \"count\": 2 }]", (int)ScenarioProblem.Contradiction, "rooms[0].count", "one room")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"roomId\": \"1\", \"stock\": 2 }]", (int)ScenarioProblem.Contradiction, "rooms[0].stock", "roomId")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"count\": 9, \"publish\": true }]", (int)ScenarioProblem.OutOfRange, "rooms", "At most 8")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"viewers\": [{ \"room\": \"b\", \"count\": 1 }]", (int)ScenarioProblem.UnknownName, "viewers", "the rooms are: a")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"viewers\": [{ \"room\": \"a\" }]", (int)ScenarioProblem.Missing, "viewers[0].count", "1 to 50000")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"viewers\": [{ \"room\": \"a\", \"count\": 5, \"plays\": 2 }]", (int)ScenarioProblem.OutOfRange, "viewers[0].plays", "0 and 1")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"viewers\": [{ \"room\": \"a\", \"count\": 5, \"awaySeconds\": 2 }]", (int)ScenarioProblem.Contradiction, "viewers[0].awaySeconds", "staySeconds")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"viewers\": [{ \"room\": \"a\", \"count\": 5, \"staySeconds\": [4, 2] }]", (int)ScenarioProblem.OutOfRange, "viewers[0].staySeconds", "least comes first")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"viewers\": [{ \"room\": \"a\", \"count\": 40000 }, { \"room\": \"a\", \"count\": 40000 }]", (int)ScenarioProblem.OutOfRange, "viewers", "50000")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"actions\": [{ \"do\": \"dance\", \"room\": \"a\", \"perSecond\": 1 }]", (int)ScenarioProblem.UnknownChoice, "actions[0].do", "chat, gift, like, buy")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"actions\": [{ \"do\": \"chat\", \"room\": \"a\", \"perSecond\": 1, \"combo\": 2 }]", (int)ScenarioProblem.Contradiction, "actions[0].combo", "Only gifts")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"actions\": [{ \"do\": \"chat\", \"room\": \"a\", \"perSecond\": 1, \"from\": 3, \"until\": 2 }]", (int)ScenarioProblem.OutOfRange, "actions[0].until", "after from")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"actions\": [{ \"do\": \"buy\", \"room\": \"a\", \"perSecond\": 1 }]", (int)ScenarioProblem.Contradiction, "actions", "stock")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"stock\": 5 }], \"actions\": [{ \"do\": \"buy\", \"room\": \"a\", \"perSecond\": 1, \"quantity\": 21 }]", (int)ScenarioProblem.OutOfRange, "actions[0].quantity", "20 items")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"actions\": [{ \"do\": \"like\", \"room\": \"a\", \"perSecond\": 1 }]", (int)ScenarioProblem.Contradiction, "actions", "viewers")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"storms\": [{ \"at\": 1, \"viewers\": \"crowd\" }]", (int)ScenarioProblem.UnknownName, "storms", "groups of viewers")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"storms\": [{ \"at\": 1, \"share\": 1.5 }]", (int)ScenarioProblem.OutOfRange, "storms[0].share", "0 and 1")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"acts\": [{ \"do\": \"sing\", \"room\": \"a\" }]", (int)ScenarioProblem.UnknownChoice, "acts[0].do", "redPacket, battle, goal, cardGift, ban")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"acts\": [{ \"do\": \"goal\", \"room\": \"b\", \"coins\": 5 }]", (int)ScenarioProblem.UnknownName, "acts", "the rooms are: a")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"acts\": [{ \"do\": \"goal\", \"room\": \"a\", \"coins\": 5, \"shares\": 2 }]", (int)ScenarioProblem.UnknownName, "acts[0].shares", "coins")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"acts\": [{ \"do\": \"redPacket\", \"room\": \"a\", \"coins\": 5, \"shares\": 2, \"people\": 3 }]", (int)ScenarioProblem.Contradiction, "acts", "publish")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"publish\": true }], \"acts\": [{ \"do\": \"battle\", \"room\": \"a\", \"against\": \"a\" }]", (int)ScenarioProblem.Contradiction, "acts", "two rooms")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"publish\": true }], \"acts\": [{ \"do\": \"goal\", \"room\": \"a\", \"coins\": 5 }, { \"do\": \"cardGift\", \"room\": \"a\", \"gift\": \"rocket\" }]", (int)ScenarioProblem.Contradiction, "acts", "two rooms")]
    [InlineData("\"rooms\": [{ \"name\": \"a\", \"count\": 2 }], \"acts\": [{ \"do\": \"ban\", \"room\": \"a\" }]", (int)ScenarioProblem.Contradiction, "acts", "count and roomId")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"checks\": [\"gift.p98<=1\"]", (int)ScenarioProblem.UnknownChoice, "checks[0]", "p99")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"checks\": [7]", (int)ScenarioProblem.UnknownChoice, "checks[0]", "quotation marks")]
    [InlineData("\"rooms\": [{ \"name\": \"a\" }], \"dureeSeconds\": 4", (int)ScenarioProblem.UnknownName, "dureeSeconds", "durationSeconds")]
    public void PartThatIsWrong_IsRefusedByItsPath(string rest, int problem, string path, string word) =>
        AssertRefused($"{{\n\"name\": \"x\",\n\"durationSeconds\": 20,\n{rest}\n}}", (ScenarioProblem)problem, path.Contains('[', StringComparison.Ordinal) || path is "rooms" or "dureeSeconds" ? 4 : null, path, word);

    [Fact]
    public void FileThatIsNotThere_IsRefused_AndNamesThoseThatAre()
    {
        var refused = Assert.Throws<ScenarioRefusedException>(() => ScenarioFile.Load("no-such-scenario")).Refusal;

        Assert.Equal((ScenarioProblem.NotFound, (int?)null), (refused.Problem, refused.Line));
        Assert.Contains("hot-room", refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("no-such-scenario: ", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatIsTooLarge_IsRefused() =>
        AssertRefused(new string(' ', ScenarioText.BytesMax + 1), ScenarioProblem.TooLarge, null, "", "256 KB");

    [Fact]
    public void Timeline_IsTheSameForTheSameSeed_AndKeepsTheRateOfCombos()
    {
        var scenario = ScenarioFile.Read("all.json", Whole);

        var gifts = Timeline.Of(scenario, ActionKind.Gift);

        Assert.Equal(100, gifts.Count);
        Assert.Equal(gifts, Timeline.Of(scenario, ActionKind.Gift));
        Assert.True(gifts.Zip(gifts.Skip(1)).All(pair => pair.First.At <= pair.Second.At));
        Assert.InRange(gifts[^1].At, 4_500_000, 6_000_000);
        Assert.All(gifts, gift => Assert.Equal(3, gift.Quantity));

        // Somebody sends at least two in a row, a fifth of a second apart.
        Assert.All(gifts.GroupBy(gift => gift.Sender), sender => Assert.True(sender.Count() >= 2));
    }

    private static void AssertRefused(string text, ScenarioProblem problem, int? line, string path, string word)
    {
        var refused = Assert.Throws<ScenarioRefusedException>(() => ScenarioFile.Read("bad.json", text)).Refusal;

        Assert.Equal((problem, path), (refused.Problem, refused.Path));
        if (line is not null) { Assert.Equal(line, refused.Line); }
        Assert.Contains(word, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("bad.json", refused.ToString(), StringComparison.Ordinal);
    }
}
