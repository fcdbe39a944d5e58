using LiveCommerce.Benchmarks;
using LiveCommerce.Benchmarks.Smoke;

Dictionary<string, Func<Figures, Task>> benches = new(StringComparer.Ordinal)
{
    ["smoke"] = SmokeBench.RunAsync,
};

switch (args)
{
    case [BareServer.Argument, var address]:
        await BareServer.RunAsync(address);
        return 0;
    case [var name] when benches.TryGetValue(name, out var bench):
        var figures = new Figures(name);
        await bench(figures);
        await figures.WriteAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync($"Name a bench: {string.Join(", ", benches.Keys)}. Such as: ./dev bench smoke");
        return 2;
}
