using System.CommandLine;
using System.Net;
using System.Net.WebSockets;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Reports;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;
using Spectre.Console;

namespace LiveCommerce.LoadTester;

/// <summary>The command line. Exit codes: 0 every check kept, 1 the load could not be run, 2 a check failed.</summary>
internal static class LoadTestCommand
{
    /// <summary>The owner's password, when it should not stand in the command line.</summary>
    public const string PasswordVariable = "LIVECOMMERCE_LOADTEST_PASSWORD";

    private const int NotRun = 1;
    private const int Broken = 2;
    private const int PipedWidth = 200;
    private const double ScaleMax = 100;

    private static readonly Option<string?> File = new("--scenario") { Description = "A scenario file, or the name of one that comes with the product (--list). See docs/loadtest.md." };
    private static readonly Option<bool> List = new("--list") { Description = "Show the scenarios that come with the product." };
    private static readonly Option<double> Scale = new("--scale") { Description = "With --scenario: viewers, their arrivals and all rates times this.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Url = new("--url") { Description = "Where the product runs.", DefaultValueFactory = _ => ScenarioFile.DefaultServer };
    private static readonly Option<string?> Room = new("--room") { Description = "The room's id. Default: the first live room, or one that is made." };
    private static readonly Option<int> Viewers = new("--viewers") { Description = "Guests that join and watch.", DefaultValueFactory = _ => 100 };
    private static readonly Option<double> Rate = new("--rate") { Description = "Joins a second.", DefaultValueFactory = _ => 50 };
    private static readonly Option<double> Duration = new("--duration") { Description = "Seconds of load, after all have joined.", DefaultValueFactory = _ => 30 };
    private static readonly Option<double> Chat = new("--chat") { Description = "Messages a second, over as many accounts as that needs.", DefaultValueFactory = _ => 2 };
    private static readonly Option<double> Gifts = new("--gifts") { Description = "Gifts a second; the room must be live, and coins come from the payment sandbox.", DefaultValueFactory = _ => 0 };
    private static readonly Option<double> Likes = new("--likes") { Description = "Likes a second.", DefaultValueFactory = _ => 0 };
    private static readonly Option<double> Plays = new("--plays") { Description = "The part of the viewers (0 to 1) that fetches the video.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> Protocol = new("--protocol") { Description = "json, messagePack or mixed.", DefaultValueFactory = _ => "json" };
    private static readonly Option<bool> Publish = new("--publish") { Description = "Publish FFmpeg's test pattern into a room of its own (or into --room, with --owner)." };
    private static readonly Option<string?> Owner = new("--owner") { Description = "An existing account that owns the room to publish into." };
    private static readonly Option<string?> Password = new("--password") { Description = $"Its password; better in the variable {PasswordVariable}. Never written anywhere." };
    private static readonly Option<string[]> From = new("--from") { Description = "An address of this machine to come from, repeatable. Default: 250 of the loopback network, or the system's choice.", DefaultValueFactory = _ => [] };
    private static readonly Option<string[]> Gateways = new("--gateway") { Description = "Where viewers connect, when the product has several gateways, repeatable; they are spread evenly. Default: --url.", DefaultValueFactory = _ => [] };
    private static readonly Option<string[]> Limits = new("--check") { Description = $"A limit that must hold, repeatable: {Threshold.Usage}.", DefaultValueFactory = _ => [] };
    private static readonly Option<string?> Html = new("--report") { Description = "A file for the report with its curves as HTML." };
    private static readonly Option<string?> Out = new("--out") { Description = "A file for the result as JSON." };

    // What a scenario file says itself.
    private static readonly Option[] Shorthand = [Room, Viewers, Rate, Duration, Chat, Gifts, Likes, Plays, Protocol, Publish];

    public static RootCommand Create()
    {
        var command = new RootCommand("Simulates viewers over the public protocol, measures, and checks that nobody missed anything. Exit code 0: every check kept; 1: could not run; 2: a check failed.")
        {
            File, List, Scale, Url, Room, Viewers, Rate, Duration, Chat, Gifts, Likes, Plays, Protocol, Publish, Owner, Password, From, Gateways, Limits, Html, Out,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>What the options ask for, or why that is not possible.</summary>
    internal static (Scenario? Scenario, string? Problem) Read(ParseResult parsed)
    {
        if (!Uri.TryCreate(parsed.GetValue(Url), UriKind.Absolute, out var server) || (server.Scheme != Uri.UriSchemeHttp && server.Scheme != Uri.UriSchemeHttps))
        {
            return (null, "--url is not an address. Write it like http://localhost:5080.");
        }

        var thresholds = new List<Threshold>();
        foreach (var text in parsed.GetValue(Limits)!)
        {
            if (Threshold.Parse(text) is not { } threshold) { return (null, $"--check {text} is not understood. Write {Threshold.Usage}."); }
            thresholds.Add(threshold);
        }

        if (thresholds.Count > ScenarioLimits.ThresholdsMax) { return (null, $"At most {ScenarioLimits.ThresholdsMax} --check."); }
        var from = new List<IPAddress>();
        foreach (var text in parsed.GetValue(From)!)
        {
            if (!IPAddress.TryParse(text, out var address)) { return (null, $"--from {text} is not an IP address."); }
            from.Add(address);
        }

        var gateways = new List<Uri>();
        foreach (var text in parsed.GetValue(Gateways)!)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var gateway) || gateway.Scheme != Uri.UriSchemeHttp) { return (null, $"--gateway {text} is not an address. Write it like http://localhost:5081."); }
            gateways.Add(gateway);
        }

        var (owner, password) = (parsed.GetValue(Owner), parsed.GetValue(Password));
        password ??= owner is null ? null : Environment.GetEnvironmentVariable(PasswordVariable);
        if ((owner is null) != (password is null)) { return (null, "--owner needs the account's password, and --password its name."); }
        var (scenario, problem) = parsed.GetValue(File) is { } file ? FromFile(parsed, file) : FromShorthand(parsed);
        if (scenario is null) { return (null, problem); }
        server = parsed.GetValue(File) is null || parsed.GetResult(Url) is { Implicit: false } ? server : scenario.Server;
        if (gateways.Count > 0 && !Dialer.TakesGateways(server)) { return (null, $"--gateway works on Linux and with a server at http:// only; this one is {server}. Leave it out."); }
        return (scenario with
        {
            Server = server,
            From = from,
            Gateways = gateways,
            OwnerName = owner,
            OwnerPassword = password,
            Thresholds = [.. scenario.Thresholds, .. thresholds],
            ResultFile = parsed.GetValue(Out),
            ReportFile = parsed.GetValue(Html),
        }, null);
    }

    private static (Scenario? Scenario, string? Problem) FromFile(ParseResult parsed, string file)
    {
        if (Array.Find(Shorthand, option => parsed.GetResult(option) is { Implicit: false }) is { } twice)
        {
            return (null, $"{twice.Name} and --scenario say the same thing: change the scenario, or use --scale.");
        }

        var scale = parsed.GetValue(Scale);
        if (!(scale is > 0 and <= ScaleMax)) { return (null, $"--scale must be more than 0 and at most {ScaleMax}."); }
        try
        {
            var scenario = ScenarioFile.Load(file);
            if (Math.Abs(scale - 1) < double.Epsilon) { return (scenario, null); }
            scenario = scenario with
            {
                Groups = [.. scenario.Groups.Select(group => group with { Count = Math.Max(1, (int)(group.Count * scale)), ArrivePerSecond = group.ArrivePerSecond * scale })],
                Actions = [.. scenario.Actions.Select(action => action with { PerSecond = action.PerSecond * scale })],
            };
            return ScenarioFile.Problem(scenario) is { } problem ? (null, $"{file} with --scale: {problem.Message}") : (scenario, null);
        }
        catch (ScenarioRefusedException refused)
        {
            return (null, refused.Refusal.ToString());
        }
    }

    private static (Scenario? Scenario, string? Problem) FromShorthand(ParseResult parsed)
    {
        var (viewers, rate, seconds, chat, gifts) = (parsed.GetValue(Viewers), parsed.GetValue(Rate), parsed.GetValue(Duration), parsed.GetValue(Chat), parsed.GetValue(Gifts));
        var (likes, plays, room, publish) = (parsed.GetValue(Likes), parsed.GetValue(Plays), parsed.GetValue(Room), parsed.GetValue(Publish));
        if (viewers is < 1 or > ScenarioLimits.ViewersMax) { return (null, $"--viewers must be 1 to {ScenarioLimits.ViewersMax}."); }
        if (!(rate is > 0 and <= ScenarioLimits.PerSecondMax)) { return (null, $"--rate must be more than 0 and at most {ScenarioLimits.PerSecondMax} joins a second."); }
        if (!(seconds is >= 1 and <= ScenarioLimits.SecondsMax)) { return (null, $"--duration must be 1 to {ScenarioLimits.SecondsMax} seconds."); }
        foreach (var (name, value) in new[] { ("--chat", chat), ("--gifts", gifts), ("--likes", likes) })
        {
            if (!(value is >= 0 and <= ScenarioLimits.PerSecondMax)) { return (null, $"{name} must be 0 to {ScenarioLimits.PerSecondMax} a second."); }
        }

        if (!(plays is >= 0 and <= 1)) { return (null, "--plays is a part of the viewers: 0 to 1."); }
        if (!Enum.TryParse<ProtocolChoice>(parsed.GetValue(Protocol), ignoreCase: true, out var protocol)) { return (null, "--protocol must be json, messagePack or mixed."); }
        if (publish && room is not null && parsed.GetValue(Owner) is null)
        {
            return (null, "--publish into --room needs the room owner's account: --owner and --password. Without --room, a room of its own is made.");
        }

        var name0 = room is null && !publish ? Stage.LiveRoomName : "main";
        var scenario = new Scenario
        {
            Name = "Command line",
            Server = new Uri(ScenarioFile.DefaultServer),
            Protocol = protocol,
            Duration = TimeSpan.FromSeconds(seconds),
            Rooms = [new RoomPlan { Name = name0, RoomId = room, Publish = publish }],
            Groups = [new GroupPlan { Name = "viewers", Room = name0, Count = viewers, ArrivePerSecond = rate, Plays = plays }],
            Actions =
            [
                .. new (ActionKind Kind, double PerSecond)[] { (ActionKind.Chat, chat), (ActionKind.Gift, gifts), (ActionKind.Like, likes) }
                    .Where(action => action.PerSecond > 0).Select(action => new ActionPlan { Kind = action.Kind, Room = name0, PerSecond = action.PerSecond }),
            ],
        };
        return ScenarioFile.Problem(scenario) is { } problem ? (null, $"Together that is too much (--viewers, --chat, --gifts): {problem.Message}") : (scenario, null);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(List)) { return ShowScenarios(); }
        var (scenario, problem) = Read(parsed);
        if (scenario is null) { return await FailAsync(problem!); }

        var time = TimeProvider.System;
        var console = Terminal();
        var view = new ProgressView(console, time);
        try
        {
            if (scenario.About.Length > 0) { view.Tell($"{scenario.Name}: {scenario.About}"); }
            var run = new LoadRun(scenario, time, view.Tell, view.Show);
            var result = await view.WhileAsync(() => run.RunAsync(cancellationToken));
            Report.Print(console, result);
            if (scenario.ResultFile is { } file) { await ResultFile.WriteAsync(file, result, time.GetUtcNow(), cancellationToken); }
            if (scenario.ReportFile is { } html)
            {
                await HtmlReport.WriteAsync(html, result, time.GetUtcNow(), cancellationToken);
                console.WriteLine($"The report with its curves is in {html}.");
            }

            return result.Kept ? 0 : Broken;
        }
        catch (StageException notReady)
        {
            return await FailAsync(notReady.Message);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or WebSocketException)
        {
            return await FailAsync($"{scenario.Server} can't be reached: {unreachable.Message} Start the product with ./dev run, or name it with --url.");
        }
        catch (Exception file) when (file is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(file.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await FailAsync("Stopped before the end; nothing was checked.");
        }
    }

    private static int ShowScenarios()
    {
        foreach (var name in ScenarioFile.Shipped())
        {
            var scenario = ScenarioFile.Load(name);
            Console.WriteLine($"{name,-12} {scenario.Viewers,6} viewers, {scenario.Duration.TotalSeconds,5:0} s  {scenario.About}");
        }

        return 0;
    }

    // Without a terminal there are no colours and no narrow lines: the reader is a log.
    private static IAnsiConsole Terminal()
    {
        var piped = Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = piped ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = piped ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = piped ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (piped) { console.Profile.Width = PipedWidth; }
        return console;
    }

    private static async Task<int> FailAsync(string sentence)
    {
        await Console.Error.WriteLineAsync(sentence);
        return NotRun;
    }
}
