using System.CommandLine;
using System.Net.WebSockets;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Reports;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Wire;
using Spectre.Console;

namespace LiveCommerce.LoadTester;

/// <summary>The command line. Exit codes: 0 every check kept, 1 a check broken, 2 the load could not be run.</summary>
internal static class LoadTestCommand
{
    /// <summary>The owner's password, when it should not stand in the command line.</summary>
    public const string PasswordVariable = "LIVECOMMERCE_LOADTEST_PASSWORD";

    private const int Broken = 1;
    private const int NotRun = 2;
    private const int PipedWidth = 200;

    private static readonly Option<string> Url = new("--url") { Description = "Where the product runs.", DefaultValueFactory = _ => "http://localhost:5080" };
    private static readonly Option<string?> Room = new("--room") { Description = "The room's id. Default: the first live room, or one that is made." };
    private static readonly Option<int> Viewers = new("--viewers") { Description = "Guests that join and watch.", DefaultValueFactory = _ => 100 };
    private static readonly Option<double> Rate = new("--rate") { Description = "Joins a second.", DefaultValueFactory = _ => 50 };
    private static readonly Option<double> Duration = new("--duration") { Description = "Seconds of load, after all have joined.", DefaultValueFactory = _ => 30 };
    private static readonly Option<double> Chat = new("--chat") { Description = "Messages a second, over as many accounts as that needs.", DefaultValueFactory = _ => 2 };
    private static readonly Option<double> Gifts = new("--gifts") { Description = "Gifts a second; the room must be live, and coins come from the payment sandbox.", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> Publish = new("--publish") { Description = "Publish FFmpeg's test pattern into a room of its own (or into --room, with --owner)." };
    private static readonly Option<string?> Owner = new("--owner") { Description = "An existing account that owns the room to publish into." };
    private static readonly Option<string?> Password = new("--password") { Description = $"Its password; better in the variable {PasswordVariable}. Never written anywhere." };
    private static readonly Option<string[]> Limits = new("--check") { Description = $"A limit that must hold, repeatable: {Threshold.Usage}.", DefaultValueFactory = _ => [] };
    private static readonly Option<string?> Out = new("--out") { Description = "A file for the result as JSON." };

    public static RootCommand Create()
    {
        var command = new RootCommand("Simulates viewers of a room over the public protocol, measures, and checks that nobody missed anything.")
        {
            Url, Room, Viewers, Rate, Duration, Chat, Gifts, Publish, Owner, Password, Limits, Out,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>What the options ask for, or why that is not possible.</summary>
    internal static (LoadPlan? Plan, string? Problem) Read(ParseResult parsed)
    {
        if (!Uri.TryCreate(parsed.GetValue(Url), UriKind.Absolute, out var server)) { return (null, "--url is not an address. Write it like http://localhost:5080."); }

        var thresholds = new List<Threshold>();
        foreach (var text in parsed.GetValue(Limits)!)
        {
            if (Threshold.Parse(text) is not { } threshold) { return (null, $"--check {text} is not understood. Write {Threshold.Usage}."); }
            thresholds.Add(threshold);
        }

        var seconds = parsed.GetValue(Duration);
        if (!(seconds is >= 1 and <= LoadPlan.SecondsMax)) { return (null, $"--duration must be 1 to {LoadPlan.SecondsMax} seconds."); }
        var plan = new LoadPlan
        {
            Server = server,
            RoomId = parsed.GetValue(Room),
            Viewers = parsed.GetValue(Viewers),
            JoinsPerSecond = parsed.GetValue(Rate),
            Duration = TimeSpan.FromSeconds(seconds),
            ChatPerSecond = parsed.GetValue(Chat),
            GiftsPerSecond = parsed.GetValue(Gifts),
            Publish = parsed.GetValue(Publish),
            OwnerName = parsed.GetValue(Owner),
            OwnerPassword = parsed.GetValue(Password) ?? (parsed.GetValue(Owner) is null ? null : Environment.GetEnvironmentVariable(PasswordVariable)),
            Thresholds = thresholds,
            ResultFile = parsed.GetValue(Out),
        };
        return plan.Problem() is { } problem ? (null, problem) : (plan, null);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (plan, problem) = Read(parsed);
        if (plan is null) { return await FailAsync(problem!); }

        var time = TimeProvider.System;
        var console = Terminal();
        var view = new ProgressView(console, time);
        try
        {
            var run = new LoadRun(plan, time, view.Tell, view.Show);
            var result = await view.WhileAsync(() => run.RunAsync(cancellationToken));
            Report.Print(console, result);
            if (plan.ResultFile is { } file) { await ResultFile.WriteAsync(file, result, time.GetUtcNow(), cancellationToken); }
            return result.Kept ? 0 : Broken;
        }
        catch (StageException notReady)
        {
            return await FailAsync(notReady.Message);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or WebSocketException)
        {
            return await FailAsync($"{plan.Server} can't be reached: {unreachable.Message} Start the product with ./dev run, or name it with --url.");
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
