using LiveCommerce.Chaos;
using LiveCommerce.Chaos.TestHost;

if (args is [ChaosOptions.HostArgument, ChaosOptions.Checked or ChaosOptions.Unchecked, var stopFile, .. var rest])
{
    return await OwnHost.RunAsync(args[1] == ChaosOptions.Checked, stopFile, rest);
}

var (options, problem) = ChaosOptions.Parse(args);
if (options is null)
{
    await Console.Error.WriteLineAsync(
        $"{problem}\nUsage: ./dev chaos [--seed N] [--minutes M | --rounds N] [--faults a,b,…] [--silos N] [--gateways N] [--relays] [--without-times] [--without-epoch-check]");
    return 2;
}

Interrupt.Listen();
return await ChaosRun.RunAsync(options);
